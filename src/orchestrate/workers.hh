// Workers: threads that claim deployments from the store and run them, one at a time each, with a lease that is
// renewed while they work and a stop token that a cancel or a shutdown pulls.
#pragma once

#include <condition_variable>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/synced.hh"
#include "orchestrate/deployment_run.hh"

namespace podwright::orchestrate {

class Workers {
 public:
  Workers(Ports ports, const Settings& settings, Crew crew);
  ~Workers();  // cancels what runs and leaves it to the next daemon

  void wake();                         // there may be something to claim
  void cancel(const std::string& id);  // stops a running deployment

 private:
  struct State {
    std::map<std::string, std::pair<Lease, std::stop_source>> running;  // by deployment
    unsigned long changes = 0;  // counted, so that every worker sees each of them
    bool stopping = false;
  };

  void work();
  void run(Claim claim);
  void keep_leases();
  bool stopping() { return state_.with([](State& state) { return state.stopping; }); }

  Ports ports_;
  const Settings& settings_;
  Crew crew_;
  std::string owner_;
  Synced<State> state_;
  std::condition_variable changed_;
  std::vector<std::jthread> threads_;
};

}  // namespace podwright::orchestrate
