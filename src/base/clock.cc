#include "base/clock.hh"

#include <fmt/chrono.h>

namespace podwright {

Time now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

std::string to_iso8601(Time time) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  auto tm = fmt::gmtime(std::chrono::system_clock::to_time_t(seconds));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", tm, (time - seconds).count());
}

}  // namespace podwright
