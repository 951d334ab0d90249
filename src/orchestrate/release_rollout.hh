// ReleaseRollout: brings one release to every place of its app: the image first, to all of them; then batch by batch
// the instances, the gate and the traffic. A place that fails keeps what it served. Every step is idempotent, so a run
// that died with its daemon is simply done again.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "deploy/plan.hh"
#include "orchestrate/rollout.hh"
#include "orchestrate/sites.hh"

namespace podwright::orchestrate {

using Places = std::vector<std::string>;  // host names; "" is this machine

// In the given order, `size` at a time; 0: all at once. Pure.
std::vector<Places> batches(const Places& places, int size);

// Where this release goes: what was asked for ("local" is this machine), else where the app runs, else this machine.
// Pure.
Places places_for(const std::vector<std::string>& asked, const std::vector<Placement>& placements);

class ReleaseRollout {
 public:
  // `service` is the release's, with what the user set since. `reference` names its image on servers.
  ReleaseRollout(Sites& sites, Store& store, Lease lease, Release release, Service service, std::string reference);

  // The image is on all of these servers afterwards; they are asked side by side.
  Status ship(const Places& places, std::stop_token stop);
  // Instances of the release run and answer on all places of a batch, side by side.
  Status make_ready(const Places& batch, std::stop_token stop);
  // The traffic goes to them, and what ran before drains.
  Status switch_traffic(const Places& batch);

  // After a failure or a cancel: no place keeps half-done work. Places that were switched go on with this release, or
  // with `undo_switched` go back to the one before. What fails on a server is left to the reconciler: a
  // deployment ends whatever servers do.
  Status take_back(const Places& places, bool undo_switched);

  std::string url(const std::string& place);           // "" for a worker
  const Timings& timings() const { return timings_; }  // of the slowest place of each batch

 private:
  deploy::Desired desired() const;
  Result<deploy::Desired> earlier(int release) const;
  Status make_ready_at(const std::string& place, std::stop_token stop);
  Status switch_at(const std::string& place);
  Status take_back_at(const std::string& place, bool undo_switched);
  Status at_all(const Places& places, const std::function<Status(const std::string& place)>& act);
  void report(const std::string& place, const std::function<void(HostReport&)>& change);

  Sites& sites_;
  Store& store_;
  Lease lease_;
  Release release_;
  Service service_;
  std::string reference_;
  Timings timings_;
  Synced<std::map<std::string, HostReport>> reports_;
  Synced<std::map<std::string, deploy::Plan>> plans_;
};

}  // namespace podwright::orchestrate
