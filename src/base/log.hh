// The daemon's own log: one line an event, to stderr. Never log a secret or an environment value.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace podwright::log {

enum class Level { debug, info, warn, error };

void write(Level level, std::string_view line);
void to_stderr();  // times and levels before each line; what a daemon calls once

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace podwright::log
