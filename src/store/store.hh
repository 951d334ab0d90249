// Store: apps, releases, deployments with their jobs, and events, in SQLite (WAL, synchronous=FULL).
// A state change and its event share one transaction. All calls are safe from any thread, short, and fail with
// Error{exhausted} when the disk is full and Error{unavailable} when the database cannot be used.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "model/app.hh"
#include "model/deployment.hh"
#include "model/event.hh"
#include "model/host.hh"

namespace podwright {

// A worker's right to write to one deployment. Every write carries the epoch; one whose epoch was passed by a newer
// claim is refused with Error{conflict}, so a worker that lost its lease cannot write.
struct Lease {
  std::string deployment;
  long long epoch = 0;
};

struct Claim {
  Lease lease;
  Deployment deployment;
  DeployRequest request;
};

// What a worker adds to its deployment as it learns it. Unset fields stay as they are.
struct Progress {
  std::optional<Phase> phase = std::nullopt;  // checked against the lifecycle
  std::optional<int> release = std::nullopt;
  std::optional<std::string> git_sha = std::nullopt;
  std::optional<std::string> image = std::nullopt;
  std::optional<std::string> url = std::nullopt;
  std::optional<std::string> ip = std::nullopt;
  std::optional<Error> error = std::nullopt;
  std::optional<Timings> timings = std::nullopt;
  std::optional<std::vector<HostReport>> hosts = std::nullopt;
};

class Store {
 public:
  // Opens or creates the database and the key beside it that seals environment values and requests.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& database);
  ~Store();

  std::string installation() const;  // random, made once: labels our containers

  // Deployments. submit() supersedes what is queued for the same app and environment, and answers the earlier
  // deployment when the idempotency key was seen before.
  Result<Deployment> submit(const DeployRequest& request, const std::string& shown_source,
                            const std::string& idempotency_key);
  Result<Deployment> deployment(const std::string& id);
  struct DeploymentFilter {
    std::string app;
    std::string environment;
    int limit = 50;
  };
  Result<std::vector<Deployment>> deployments(const DeploymentFilter& filter);
  Result<std::vector<Deployment>> unfinished();  // their jobs are not done
  Status request_cancel(const std::string& id);  // a queued one is cancelled at once

  // Jobs. claim() takes the oldest deployment that is due and whose app and environment have no other running.
  Result<std::optional<Claim>> claim(const std::string& owner, Millis lease);
  Status renew(const Lease& lease, Millis duration);
  Status record(const Lease& lease, const Progress& progress, const std::string& event_message = {});
  Status finish(const Lease& lease);                          // the job is done; the phase must be a final one
  Status retry_later(const Lease& lease, Time not_before);    // back to QUEUED, one more attempt
  Status release_leases_of_others(const std::string& owner);  // at start, when we hold the state folder alone

  // Switches the active release and ends the deployment EXPOSED, in one transaction.
  Status expose(const Lease& lease, const Release& release, const Progress& progress);

  // Where the app runs. place() records that a release took the traffic there; it is fenced by the lease and
  // idempotent.
  Result<std::vector<Placement>> placements(const AppKey& key);  // by host name
  Status place(const Lease& lease, const AppKey& key, const std::string& host, int release);
  Status touch_place(const Lease& lease, const AppKey& key, const std::string& host);  // before anything is made there
  Status forget_placement(const AppKey& key, const std::string& host);

  Result<int> next_release_number(const AppKey& key);
  Status save_release(const Release& release);               // idempotent per number
  Result<std::vector<Release>> releases(const AppKey& key);  // newest first
  Result<Release> release(const AppKey& key, int number);
  Status forget_release(const AppKey& key, int number);

  Result<std::vector<App>> apps();
  Result<App> app(const AppKey& key);  // Error{not_found}
  Status save_settings(const AppKey& key, const AppSettings& settings);
  Status forget_app(const AppKey& key);

  // Servers, by name.
  Result<std::vector<Host>> hosts();
  Result<Host> host(const std::string& name);  // Error{not_found}
  Status add_host(const Host& host);           // Error{conflict}: the name is taken
  Status save_facts(const std::string& name, const HostFacts& facts, Time at);
  Status forget_host(const std::string& name);  // and what was placed there
  Result<std::vector<AppKey>> apps_on(const std::string& host);

  Status add_event(Event event);
  // Events after seq, oldest first. wait_for_events returns when there may be newer ones, or at the deadline.
  Result<std::vector<Event>> events(long long after, int limit, const std::string& deployment = {});
  void wait_for_events(long long after, Deadline deadline);
  long long last_event();

  // Called after every commit of a deployment or of settings: wakes the workers. At any time; nothing to call none.
  void on_change(std::function<void()> notify);

  struct Impl;  // defined in store/impl.hh, for this room only

 private:
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace podwright
