#include "health/verdict.hh"

#include <fmt/format.h>

#include <algorithm>

namespace podwright {

namespace {

using namespace std::chrono_literals;

std::string how_it_ended(const Observation& seen) {
  if (seen.oom_killed) return fmt::format("it ran out of memory (exit code {})", seen.exit_code);
  if (seen.exit_code > 128) return fmt::format("it ended by signal {} (exit code {})", seen.exit_code - 128, seen.exit_code);
  return fmt::format("it ended with exit code {}", seen.exit_code);
}

}  // namespace

void Gate::fail_with(std::string reason) {
  verdict_ = Verdict::failed;
  reason_ = std::move(reason);
}

Verdict Gate::see(Millis since_start, const Observation& seen) {
  if (verdict_ != Verdict::waiting) return verdict_;
  if (!seen.running) return fail_with(how_it_ended(seen)), verdict_;
  bool over = since_start >= check_.start_period;
  if (!seen.healthy) {
    bool was_healthy = healthy_since_.has_value();
    healthy_since_.reset();
    reason_ = was_healthy ? "it answered, then failed again: " + seen.detail : seen.detail;
    if (over) fail_with(fmt::format("it did not answer well within {} ms: {}", check_.start_period.count(), seen.detail));
    next_look_ = was_healthy ? kFirstLook : std::min(kLastLook, next_look_ * 13 / 10);
    return verdict_;
  }
  if (!healthy_since_) healthy_since_ = since_start;
  auto stable_for = since_start - *healthy_since_;
  if (stable_for >= check_.stability) {
    verdict_ = Verdict::passed;
    reason_.clear();
    return verdict_;
  }
  reason_ = "it answers; waiting whether it stays so";
  next_look_ = std::clamp(check_.stability - stable_for, 1ms, kLastLook);
  if (check_.stability > 4 * kFirstLook) next_look_ = std::min(next_look_, std::max(kFirstLook, check_.stability / 4));
  return verdict_;
}

bool LiveHealth::see(bool ok) {
  bool before = healthy_;
  failures_ = ok ? 0 : failures_ + 1;
  successes_ = ok ? successes_ + 1 : 0;
  if (ok) healthy_ = true;
  if (failures_ >= std::max(1, check_.retries)) healthy_ = false;
  if (check_.interval * successes_ >= 1min) restarts_ = 0;
  return healthy_ != before;
}

bool LiveHealth::wants_restart(Millis since_start) const {
  if (!check_.restart || healthy_ || since_start < check_.start_period) return false;
  return failures_ >= std::max(1, check_.retries) * (1 + (1 << std::min(restarts_, 3)));
}

void LiveHealth::restarted() {
  failures_ = successes_ = 0;
  ++restarts_;
}

Millis LiveHealth::next_look(Millis since_start) const {
  bool is_undecided = failures_ < std::max(1, check_.retries) && (failures_ > 0 || !healthy_);
  if (is_undecided) return std::min<Millis>(check_.interval, 1s);
  if (healthy_ || since_start < check_.start_period) return check_.interval;
  int beyond = std::clamp(failures_ - std::max(1, check_.retries), 0, 3);
  return check_.interval * (1 << beyond);
}

Millis RestartBackoff::next(Millis ran_for) {
  if (ran_for >= 1min) restarts_ = 0;
  auto wait = restarts_ == 0 ? 0ms : std::min<Millis>(1min, 1s * (1 << std::min(restarts_ - 1, 6)));
  ++restarts_;
  return wait;
}

}  // namespace podwright
