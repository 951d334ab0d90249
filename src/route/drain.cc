#include "route/drain.hh"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace podwright::route {

namespace {

constexpr Millis kFirstPause{10};
constexpr Millis kLongestPause{200};

// A request that was given to the target in the same instant as it was drained is counted a moment later: only
// several quiet looks, this far apart, mean that it is over.
constexpr int kQuietLooks = 3;

void pause(Millis time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Result<bool> drained(Proxy& proxy, const std::string& route, const std::string& target, Deadline deadline,
                     std::stop_token stop) {
  auto next = kFirstPause;
  for (int quiet = 0;;) {
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "draining {} was cancelled", target);
    auto open = proxy.open_sessions(route, target);
    if (!open && (!is_transient(open.error().code) || deadline.passed())) return fail(std::move(open).error());
    bool empty = open && *open == 0;
    quiet = empty ? quiet + 1 : 0;
    if (quiet >= kQuietLooks) return true;
    if (deadline.passed()) return empty;
    next = quiet > 0 ? kFirstPause : std::min(next * 2, kLongestPause);
    pause(std::min(next, deadline.left() + Millis(1)), stop);
  }
}

}  // namespace podwright::route
