// Supervisor: starts what exited again, with a growing backoff, and probes what serves. It learns of an exit from a
// pidfd within a millisecond; Podman's list is the truth that the reconciler compares with now and then.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "base/synced.hh"
#include "deploy/runtime.hh"
#include "health/verdict.hh"
#include "model/app.hh"
#include "orchestrate/ports.hh"
#include "podman/exit_watch.hh"

namespace podwright::orchestrate {

struct InstanceHealth {
  bool healthy = true;
  int restarts = 0;
  Time started_at{};
  std::string detail;  // the last failed probe's answer
};

class Supervisor {
 public:
  // `look` is called, on a thread of ours, with an app that needs the reconciler: a container is gone, or its health
  // changed.
  Supervisor(Ports ports, std::function<void(const AppKey&)> look);
  ~Supervisor();  // stops watching; the containers go on

  // Takes over a running or exited instance. Again with the same name: replaces what was known.
  void watch(const Instance& instance, const AppKey& key, const Service& service);
  // Must come before a stop or removal of ours, or the instance would be started again.
  void forget(const std::string& name);

  std::map<std::string, InstanceHealth> snapshot();

 private:
  using Clock = std::chrono::steady_clock;

  struct Watched {
    AppKey key;
    HealthCheck check;
    int host_port = 0;
    LiveHealth live{HealthCheck{}};
    RestartBackoff backoff{};
    InstanceHealth health{};
    pid_t pid = 0;
    podman::ExitWatch::Token token = 0;
    Clock::time_point started{};
    Clock::time_point next_probe{};
    std::optional<Clock::time_point> restart_at;
  };

  struct State {
    std::map<std::string, Watched> instances;
    bool stopping = false;
  };

  void follow(const std::string& name, Watched& watched, pid_t pid);
  void exited(const std::string& name, pid_t pid);
  void restart_loop();
  void probe_loop();
  void restart(const std::string& name);
  void restarted(const std::string& name, const Instance& instance);
  void take_answer(const std::string& name, bool healthy, const std::string& detail);
  void schedule_restart(Watched& watched);
  void tell(const std::string& type, const AppKey& key, std::string message);

  Ports ports_;
  std::function<void(const AppKey&)> look_;
  Synced<State> state_;
  std::condition_variable changed_;
  podman::ExitWatch exits_;
  std::jthread restarter_;
  std::jthread prober_;
};

}  // namespace podwright::orchestrate
