// Process: our HAProxy in its home. It is known by our mark in its description; what does not carry the mark is never
// spoken to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "route/home.hh"
#include "route/readback.hh"

namespace podwright::route {

class Process {
 public:
  // `mark` is "podwright <installation>".
  Process(std::unique_ptr<ProxyHome> home, std::string mark) : home_(std::move(home)), mark_(std::move(mark)) {}

  ProxyHome& home() const { return *home_; }

  // What runs there now, or nothing. Errors: conflict when it is not ours.
  Result<std::optional<Info>> find() const;

  Status start();                              // from the files; returns when it answers
  Status reload(const std::string& expected);  // from the files; returns when a worker with this description answers
  Status stop();                               // at once, open connections are cut; nothing happens when none runs

  // What answered this to "show info". Error{conflict} when it is not ours.
  Result<Info> recognise(std::string_view show_info) const;

  // What it serves, read in one question. Nothing when it does not run; conflict when it is not ours.
  Result<std::optional<Running>> look() const;

  Result<std::string> ask(std::string_view command) const;
  // The answers to each of these commands, which are sent together: a host may be far away. An answer that is an error
  // keeps no later command from being carried out. Not for "del server", whose answer has no end of its own.
  Result<std::vector<std::string>> ask_each(const std::vector<std::string>& commands) const;

  // Workers of before a reload that still have connections, and a command to one of them (not_found: it ended).
  Result<std::vector<int>> old_workers() const;
  Result<std::string> ask_old(int worker, std::string_view command) const;

 private:
  Result<std::string> ask_master(std::string_view command) const;
  Status wait_for(const std::string& description);
  bool answers(const std::string& description) const;

  std::unique_ptr<ProxyHome> home_;
  std::string mark_;
};

}  // namespace podwright::route
