// Supervisor: starts what exited or stays unhealthy again, with a growing backoff, and probes what runs. It learns of
// an exit from a pidfd within a millisecond; Podman's list is the truth that the reconciler compares with now and then.
// One thread keeps the times; probes and restarts run side by side on others, so that a slow one delays no other app.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "base/synced.hh"
#include "base/thread_pool.hh"
#include "deploy/runtime.hh"
#include "health/oom.hh"
#include "health/probe.hh"
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
    Instance instance;  // as it was last seen
    HealthCheck check;
    Millis stop_timeout{0};
    LiveHealth live{HealthCheck{}};
    RestartBackoff backoff{};
    InstanceHealth health{};
    pid_t pid = 0;
    OomCounter memory{};
    bool ran_out_of_memory = false;  // when its process ended
    podman::ExitWatch::Token token = 0;
    Clock::time_point started{};
    std::optional<Clock::time_point> next_probe;  // nothing while a probe is under way, or when there is nothing to ask
    std::optional<Clock::time_point> restart_at;  // its process ended, or hangs and is to be ended
    bool is_restarting = false;                   // under way

    Millis runs_for() const { return std::chrono::duration_cast<Millis>(Clock::now() - started); }
  };

  struct State {
    std::map<std::string, Watched> instances;
    bool stopping = false;
  };

  void follow(const std::string& name, Watched& watched, pid_t pid);
  void exited(const std::string& name, pid_t pid);
  void loop();
  Clock::time_point begin_due(const std::string& name, Watched& watched);
  Clock::time_point begin_restart(const std::string& name, Watched& watched);
  Clock::time_point begin_probe(const std::string& name, Watched& watched);
  void started(Watched& watched);
  void restart(const std::string& name);
  Status stop_hanging(const Watched& watched, const Instance& instance);
  void restarted(const std::string& name, const Instance& instance);
  void probe(const std::string& name, const Instance& instance, const HealthCheck& check);
  void take_answer(const std::string& name, pid_t pid, const ProbeAnswer& answer);
  void schedule_restart(Watched& watched);
  std::optional<Watched> find(const std::string& name);
  void tell(const std::string& type, const AppKey& key, std::string message);

  Ports ports_;
  std::function<void(const AppKey&)> look_;
  Synced<State> state_;
  std::condition_variable changed_;
  podman::ExitWatch exits_;
  ThreadPool probes_;
  ThreadPool restarts_;
  std::jthread timer_;
};

}  // namespace podwright::orchestrate
