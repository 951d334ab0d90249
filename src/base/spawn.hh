// Child processes, without a shell: an argv, a clean environment, a process group of their own and a deadline.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright {

struct Command {
  std::vector<std::string> argv;                 // argv[0] is searched in PATH
  std::map<std::string, std::string> env = {};   // added to the inherited allow-list (PATH, HOME, USER, LANG, TMPDIR, XDG_*, …)
  std::string directory = {};                    // working directory; empty: ours
  std::string input = {};                        // written to its standard input, which is then closed
  Millis limit = std::chrono::seconds(30);       // then the whole process group is killed
  size_t max_output = 1 << 20;                   // bytes kept of each stream; the rest is read and dropped
  bool merge_stderr = false;                     // standard error goes where standard output goes, in order
};

struct Finished {
  int exit_code = 0;  // 128 + signal when killed by one
  std::string out;
  std::string err;
};

// Called with each chunk of output as it comes, on the calling thread.
using OutputSink = std::function<void(std::string_view chunk)>;

// Runs to completion. Errors: not_found (no such program), timeout, cancelled (stop was requested: the group gets
// SIGTERM, then SIGKILL after 1.5 s). A non-zero exit is not an error here: the caller knows what it means.
Result<Finished> run(const Command& command, std::stop_token stop = {}, const OutputSink& on_out = {},
                     const OutputSink& on_err = {});

// run(), with a non-zero exit turned into Error{failed} that carries the last lines of what it printed.
Result<std::string> run_ok(const Command& command, std::stop_token stop = {});

// Starts a process that outlives us: own session, "/" as its folder unless the command names one, standard streams to log_path (or /dev/null when empty). Returns its pid.
Result<pid_t> spawn_detached(const Command& command, const std::string& log_path);

// Whether PATH has this program.
bool has_program(std::string_view name);

}  // namespace podwright
