// Process: our HAProxy as an operating system process. A master that we start in a session of its own, and the worker
// that it forks; both outlive us. A later daemon finds them again by the sockets in their folder and by our mark in
// their description; what does not carry the mark is never spoken to.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "route/control.hh"
#include "route/readback.hh"

namespace podwright::route {

class Process {
 public:
  // `folder` holds the files of route/config.hh; `mark` is "podwright <installation>".
  Process(std::filesystem::path folder, std::string program, std::string mark);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // What runs there now, or nothing. Errors: conflict when it is not ours.
  Result<std::optional<Info>> find() const;

  Status start();                              // from the files; returns when it answers
  Status reload(const std::string& expected);  // from the files; returns when a worker with this description answers
  Status stop();                               // at once, open connections are cut; nothing happens when none runs

  void bound_log() const;  // empties haproxy.log when it is longer than 1 MiB

  Result<std::string> ask(std::string_view command) const { return admin_.ask(command); }

  // Workers of before a reload that still have connections, and a command to one of them (not_found: it ended).
  Result<std::vector<int>> old_workers() const;
  Result<std::string> ask_old(int worker, std::string_view command) const;

 private:
  Status start_once();
  Status wait_for(const std::string& description, Millis limit);
  bool answers(const std::string& description) const;
  bool child_ended();

  std::filesystem::path folder_;
  std::string program_;
  std::string mark_;
  ControlSocket admin_;
  ControlSocket master_;
  pid_t child_ = 0;  // a master that this object started, until it ended
};

}  // namespace podwright::route
