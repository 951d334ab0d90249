// Progress: what `deploy` shows while a deployment runs. One line per finished phase with its time, the build log
// indented between them, and on a terminal a last line that is redrawn.
#pragma once

#include <boost/json/value.hpp>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "cli/client.hh"
#include "cli/show.hh"
#include "model/lifecycle.hh"

namespace podwright::cli {

class Progress {
 public:
  enum class Detail { full, quiet, silent };  // quiet: without the build log; silent: nothing at all (--json)

  Progress(const Terminal& terminal, Detail detail);

  void on_event(const boost::json::value& event);
  void on_log(std::string_view chunk);
  void note(std::string_view line);
  void tick();    // redraws the live line
  void finish();  // what is left of the log; clears the live line

  // The last lines of the build log; what a failed quiet build shows.
  std::string log_tail() const;

 private:
  void enter(Phase phase, Time at, std::string detail);
  void leave(Time at, bool well);
  void print(const std::string& line);
  void clear_live();

  const Terminal& terminal_;
  Detail detail_;
  Lines log_;
  std::deque<std::string> tail_;
  std::optional<Phase> phase_;
  Time entered_{};
  Stopwatch watch_;  // since the phase's event arrived
  std::string phase_detail_;
  bool live_shown_ = false;
  size_t frame_ = 0;
};

}  // namespace podwright::cli
