// Wall-clock times as the store and the API show them, and deadlines on the monotonic clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>

namespace podwright {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;  // UTC

Time now();
std::string to_iso8601(Time time);  // "2026-01-04T10:30:00.123Z"

// A point on the monotonic clock after which a wait gives up. Cheap to copy; pass it by value down the calls.
class Deadline {
 public:
  static Deadline in(Millis duration) { return Deadline(Clock::now() + duration); }

  bool passed() const { return Clock::now() >= at_; }
  Millis left() const { return std::max(Millis(0), std::chrono::ceil<Millis>(at_ - Clock::now())); }
  Deadline sooner(Millis duration) const { return Deadline(std::min(at_, Clock::now() + duration)); }

 private:
  using Clock = std::chrono::steady_clock;
  explicit Deadline(Clock::time_point at) : at_(at) {}
  Clock::time_point at_;
};

// Milliseconds since it was made; for the timings that we report.
class Stopwatch {
 public:
  Millis elapsed() const { return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start_); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace podwright
