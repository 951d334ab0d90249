// Crash points: the crash tests set PODWRIGHT_CRASH_AT to the name of a recorded intent, and the daemon kills itself
// with SIGKILL right after recording it. Costs one comparison when the variable is not set.
#pragma once

#include <string_view>

namespace podwright::orchestrate {

void checkpoint(std::string_view name);

}  // namespace podwright::orchestrate
