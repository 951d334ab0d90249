// Reconciler: compares what should run with what runs, for every app, and applies the difference. It repairs what
// happened while nobody looked: containers removed by hand come back, leftovers of a dead deployment go, foreign
// containers stay untouched because they do not carry our labels.
#pragma once

#include <condition_variable>
#include <set>
#include <stop_token>
#include <thread>

#include "base/synced.hh"
#include "orchestrate/app_locks.hh"
#include "orchestrate/ports.hh"
#include "orchestrate/sites.hh"

namespace podwright::orchestrate {

class Reconciler {
 public:
  Reconciler(Ports ports, const Settings& settings, Sites& sites, AppLocks& locks);
  ~Reconciler();

  // Brings the proxy to what the store and the containers say, then looks at every app. Once, before the workers.
  Status start();

  void wake(const AppKey& key);  // look at this app soon
  void stop();                   // looks at nothing any more when it returns; what it uses may go then

  // Brings one app to where it should be, everywhere, now. Error{conflict} while a deployment of the app is being
  // rolled out.
  Status converge(const AppKey& key, Millis patience, std::stop_token stop);

 private:
  struct State {
    std::set<AppKey> due;
    bool stopping = false;
  };

  void loop(std::stop_token stop);
  Status converge_at(const App& app, const Placement& placement, std::stop_token stop);
  std::set<AppKey> all_keys();

  Ports ports_;
  const Settings& settings_;
  Sites& sites_;
  AppLocks& locks_;
  Synced<State> state_;
  std::condition_variable changed_;
  std::jthread thread_;
};

}  // namespace podwright::orchestrate
