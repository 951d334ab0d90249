#include "base/log.hh"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace podwright::log {

void write(Level level, std::string_view line) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  spdlog::log(levels[static_cast<int>(level)], "{}", line);
}

void to_stderr() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("podwright"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
}

}  // namespace podwright::log
