// A TCP port of the loopback interface that nobody listens on.
#pragma once

#include "base/result.hh"

namespace podwright::route {

// `preferred` when it is free, else one that the kernel chooses. Error{exhausted} when there is none.
Result<int> free_port(int preferred);

}  // namespace podwright::route
