// Systemd: a server's service manager, spoken to over its D-Bus socket, which is forwarded over SSH: the bus of the user's
// manager for rootless containers, the system's for root. Nothing is started on the server for it.
//
// Calls block, have a deadline each and use a connection of their own, so they are safe from any thread. The interface is
// org.freedesktop.systemd1.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::remote {

struct UnitState {
  std::string load;     // "loaded", "not-found", "bad-setting", …
  std::string active;   // "active", "activating", "inactive", "failed", …
  std::string sub;      // "running", "auto-restart", "dead", …
  std::string result;   // of a service: "success", "exit-code", "oom-kill", "timeout", …
  int exit_status = 0;  // of a service's last main process
  int restarts = 0;     // by systemd itself
};

class Systemd {
 public:
  // `socket` is a unix socket here that leads to the server's bus.
  explicit Systemd(std::filesystem::path socket) : socket_(std::move(socket)) {}

  Status daemon_reload();

  // Both wait until systemd's job is over. A unit that failed to start is Error{failed} with systemd's word for why; one
  // that is not installed is Error{not_found}. Stopping what does not run, or is not installed, is fine.
  Status start(const std::string& unit, Millis limit);
  Status stop(const std::string& unit, Millis limit);

  Result<UnitState> state(const std::string& unit);  // load "not-found" when there is no such unit
  Status reset_failed(const std::string& unit);      // idempotent

  // Starts at boot, by the links that `systemctl enable` makes. Idempotent.
  Status enable(const std::vector<std::string>& units);
  Status disable(const std::vector<std::string>& units);

 private:
  std::filesystem::path socket_;
};

}  // namespace podwright::remote
