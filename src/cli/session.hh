// Session: what a command works with: the terminal, the installation and its daemon.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hh"
#include "base/state_dir.hh"
#include "cli/client.hh"
#include "cli/terminal.hh"

namespace podwright::cli {

class Session {
 public:
  explicit Session(Terminal person) : terminal(std::move(person)) {}

  // The daemon's client. When none answers it is started and awaited (at most 20 s); after a second that is said.
  // Errors: unavailable, with the last lines of the daemon's log.
  Result<Client> daemon();

  // Only when one answers already.
  std::optional<Client> running_daemon() const;

  StatePaths paths() const { return state_paths(state_dir); }

  // Whether a destructive step may go on: --yes was given, or the person says so. Errors: invalid when nobody can answer.
  Result<bool> confirm(const std::string& question) const;

  void print(std::string_view text) const { terminal.out(text); }          // standard output
  void note(std::string_view line) const;                                  // one line on standard error
  void note(const Error& error) const;  // "error: …", what we were doing, a hint; every line inert
  void print_json(const boost::json::value& value) const;

  Terminal terminal;
  std::optional<std::filesystem::path> state_dir;  // --state-dir
  bool yes = false;                                // --yes
};

}  // namespace podwright::cli
