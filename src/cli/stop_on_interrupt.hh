// For work in this process that Ctrl-C ends. Call catch_interrupts() first.
#pragma once

#include <stop_token>
#include <thread>

#include "base/clock.hh"
#include "cli/terminal.hh"

namespace podwright::cli {

class StopOnInterrupt {
 public:
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread watch_{[this](std::stop_token end) {
    while (!end.stop_requested() && interrupts() == 0) std::this_thread::sleep_for(Millis(100));
    if (!end.stop_requested()) stop_.request_stop();
  }};
};

}  // namespace podwright::cli
