// Verdicts about a container's health, decided purely: what was seen goes in, the verdict and the next wait come out.
// The caller probes, sleeps and acts.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hh"
#include "model/service.hh"

namespace podwright {

// One look at an instance. Without a port to probe, `healthy` is whether it runs.
struct Observation {
  bool running = false;
  int exit_code = 0;        // when it does not run
  bool oom_killed = false;  // when it does not run
  bool healthy = false;     // what the probe said
  std::string detail = {};  // the probe's, for a person
};

enum class Verdict { waiting, passed, failed };

// The gate before traffic: passes when the instance ran and answered well for `stability` without a break; fails at once
// when it ends, and when the start period is over without that.
class Gate {
 public:
  explicit Gate(const HealthCheck& check) : check_(check) {}

  // `since_start`: how long ago the instance was started; it never goes back. After passed or failed it stays so.
  Verdict see(Millis since_start, const Observation& seen);

  Verdict verdict() const { return verdict_; }
  const std::string& reason() const { return reason_; }  // of failed, for a person; also why it still waits
  Millis next_look() const { return next_look_; }        // wait this long before the next probe

 private:
  void fail_with(std::string reason);

  HealthCheck check_;
  Verdict verdict_ = Verdict::waiting;
  std::optional<Millis> healthy_since_ = std::nullopt;
  Millis next_look_ = kFirstLook;
  std::string reason_ = "it was not probed yet";

  static constexpr Millis kFirstLook{20};
  static constexpr Millis kLastLook{250};
};

// After go-live: `retries` failures in a row make it unhealthy, one success makes it healthy again. `since_start`: how
// long its process has been running.
class LiveHealth {
 public:
  explicit LiveHealth(const HealthCheck& check) : check_(check) {}

  bool see(bool ok);  // whether healthy() changed
  bool healthy() const { return healthy_; }
  int failures() const { return failures_; }  // in a row

  // Whether it stayed unhealthy for as many failures again, and twice, four and eight times as many after each restart
  // that did not help. Never within its start period.
  bool wants_restart(Millis since_start) const;
  // Its process is a new one, which is as healthy as the old one was until it is probed.
  void restarted();

  // The interval; at most a second between a first failure and the verdict; the longer it is unhealthy the longer
  // between looks, up to eight intervals. While it starts, at most the interval.
  Millis next_look(Millis since_start) const;

 private:
  HealthCheck check_;
  bool healthy_ = true;
  int failures_ = 0;
  int successes_ = 0;  // in a row
  int restarts_ = 0;   // since it was last healthy for a minute
};

// How long to wait before a container that ended is started again: not at all the first time, then a second, doubled
// each time up to a minute. An instance that ran for a minute starts the count anew.
class RestartBackoff {
 public:
  Millis next(Millis ran_for);
  int restarts() const { return restarts_; }  // since it last ran for a minute

 private:
  int restarts_ = 0;
};

}  // namespace podwright
