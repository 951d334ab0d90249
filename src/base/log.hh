// The daemon's own log: one line an event, to stderr. Never log a secret or an environment value.
#pragma once

#include <spdlog/spdlog.h>

namespace podwright::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

}  // namespace podwright::log
