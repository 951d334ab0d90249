// Waiting until a drained target may be stopped.
#pragma once

#include <stop_token>
#include <string>

#include "base/clock.hh"
#include "route/proxy.hh"

namespace podwright::route {

// True when nothing is open on the target any more: its requests and WebSockets ended by themselves. False when some
// are still open at the deadline: releasing the target cuts them. Errors: cancelled, and the proxy's own.
Result<bool> drained(Proxy& proxy, const std::string& route, const std::string& target, Deadline deadline,
                     std::stop_token stop = {});

}  // namespace podwright::route
