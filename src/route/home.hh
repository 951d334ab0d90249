// ProxyHome: where an HAProxy of ours lives: its folder with its files, its two command sockets, and who starts and
// stops it. LocalHome is a folder and a child process of this machine, UnitHome a folder and a systemd unit of a host.
// tests/contract/proxy holds both to the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::route {

struct HomeFile {
  std::string name;  // one of route/config.hh
  std::string content;
};

class ProxyHome {
 public:
  virtual ~ProxyHome() = default;

  virtual std::string place() const = 0;  // for people: a folder, or a folder of a host

  // Errors: not_found, and what kept it from being read.
  virtual Result<std::string> read(const std::string& name) = 0;
  // Replaces each file as a whole, one after the other, readable for its user only.
  virtual Status write(const std::vector<HomeFile>& files) = 0;

  // The whole answer of the process that listens on this socket of the folder. Errors: not_found (nobody does: it does
  // not run), timeout and unavailable (who can say whether it runs).
  virtual Result<std::string> ask(const std::string& socket, std::string_view command, Millis limit) = 0;

  virtual Status start() = 0;            // returns before it answers; nothing happens when it runs already
  virtual Status stop() = 0;             // at once, open connections are cut; nothing happens when it does not run
  virtual bool gave_up() = 0;            // what start() began has ended and will not be tried again by itself
  virtual std::string last_words() = 0;  // why it does not run, as far as it said
  virtual void bound_log() = 0;          // keeps what it printed from growing without end
};

}  // namespace podwright::route
