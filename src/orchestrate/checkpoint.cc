#include "orchestrate/checkpoint.hh"

#include <csignal>
#include <cstdlib>
#include <string>

namespace podwright::orchestrate {

void checkpoint(std::string_view name) {
  static const std::string crash_at = [] {
    const char* value = std::getenv("PODWRIGHT_CRASH_AT");
    return std::string(value ? value : "");
  }();
  if (!crash_at.empty() && name == crash_at) std::raise(SIGKILL);
}

}  // namespace podwright::orchestrate
