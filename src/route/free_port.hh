// A TCP port of the loopback interface that nobody listens on.
#pragma once

#include "base/result.hh"

namespace podwright::route {

// `preferred` or one of the 99 after it, else one that the kernel chooses: its range is also that of outgoing
// connections, one of which may hold the port when it is wanted again. Error{exhausted} when there is none.
Result<int> free_port(int preferred);

}  // namespace podwright::route
