// Scripts for a remote machine: constant text of ours, values as data. A value never becomes part of a command line or
// of the script; the words of `args` travel on standard input and arrive as "$1", "$2", ….
//
// The login shell on the other side is the user's: it may be any shell, and its start-up files may print. So the remote
// command holds nothing but `exec sh`, and output counts from a random marker on. (Pure; link.hh runs it.)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"

namespace podwright::remote {

struct Script {
  std::string_view text;               // POSIX sh, constant; runs in a subshell of its own
  std::vector<std::string> args = {};  // any bytes but NUL
  std::string input = {};              // the script's standard input
  Millis limit = std::chrono::seconds(30);
};

// What follows `ssh … host`: depends on the script's length only.
std::string remote_command(const Script& script);

// What is sent to its standard input: the script, the marker, the words and the input.
std::string script_stdin(const Script& script, std::string_view marker);

// The script as a file for `sh FILE`, and what then is sent to its standard input: how it runs on this machine.
std::string script_file(const Script& script);
std::string local_stdin(const Script& script, std::string_view marker);

// Takes what comes back on standard output piece by piece and lets through what the script itself wrote.
class Unframer {
 public:
  explicit Unframer(std::string_view marker);

  // What belongs to the script, in order; may hold back as many bytes as an end mark has.
  std::string feed(std::string_view chunk);
  std::string rest();  // what was held back, when no more comes and no end mark did

  bool begun() const { return begun_; }  // the script started
  std::optional<int> exit_code() const {
    return exit_code_;
  }  // it ended by itself, and so all of its output came through

 private:
  bool skip_to_begin();
  std::string take(size_t size);
  std::string take_end(size_t at);

  std::string begin_, end_;  // the marks
  std::string held_;
  bool begun_ = false;
  std::optional<int> exit_code_;
};

}  // namespace podwright::remote
