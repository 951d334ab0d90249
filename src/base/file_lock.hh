// A lock between processes: a file that one of them holds.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "base/clock.hh"
#include "base/fd.hh"
#include "base/result.hh"

namespace podwright {

// Waits for the lock, also between threads; it is held until the Fd is closed. `on_wait` is called once when somebody
// else holds it. Errors: cancelled, timeout, failed.
Result<Fd> lock_file(const std::filesystem::path& path, Millis limit, std::stop_token stop,
                     const std::function<void()>& on_wait = {});

}  // namespace podwright
