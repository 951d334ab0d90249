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

  Result<std::string> ask(std::string_view command) const;

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
