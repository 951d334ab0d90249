// Systemd drives a service manager over its D-Bus socket: this machine's, or a host's forwarded by Link::forward_socket
// (HostFacts::bus_socket): the user's manager for a rootless user, the system's for root. The other side knows who we
// are from whom SSH logged in.
//
// Every call opens a connection of its own, so an object is a path, safe from any thread, and never stale.
// Errors: unavailable (nobody answers on the bus), timeout, not_found (no such unit), denied, failed (the job failed;
// the message has systemd's result).
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::remote {

struct UnitState {
  std::string name;     // "pw-shop.service"
  std::string load;     // "loaded", "not-found", "bad-setting", "error", "masked"
  std::string active;   // "active", "reloading", "inactive", "failed", "activating", "deactivating"
  std::string sub;      // "running", "exited", "auto-restart", …
  std::string result;   // of a service: "success", "exit-code", "signal", "oom-kill", "timeout", "start-limit-hit"
  int main_pid = 0;     // on the host; 0: none
  int exec_status = 0;  // exit code or signal of the last main process
  int exec_code = 0;    // how it ended: 1 exited, 2 killed, 3 dumped (CLD_*); 0: it did not
  int restarts = 0;
  std::string fragment;       // the file that defines it
  bool needs_reload = false;  // its file changed since daemon_reload

  bool is_active() const { return active == "active"; }
};

class Systemd {
 public:
  explicit Systemd(std::string bus_socket) : bus_socket_(std::move(bus_socket)) {}

  Status daemon_reload(Millis limit = std::chrono::seconds(30));

  // Each waits for its job to end; a start that ends otherwise than active, or systemd's refusal, is Error{failed}.
  // When the limit passes the job goes on there.
  Status start(const std::string& unit, Millis limit, std::stop_token stop = {});
  Status restart(const std::string& unit, Millis limit, std::stop_token stop = {});
  Status stop(const std::string& unit, Millis limit, std::stop_token stop = {});  // no such unit: success
  Status reset_failed(const std::string& unit);                                   // no such unit: success

  Status enable(const std::vector<std::string>& units);  // as their [Install] says; then daemon_reload
  Status disable(const std::vector<std::string>& units);

  Result<UnitState> state(const std::string& unit);  // an unknown unit has load "not-found"

  // Loaded units whose names match one of the patterns ("pw-*.service"): name, load, active and sub only.
  Result<std::vector<UnitState>> list(const std::vector<std::string>& patterns);

  Result<std::string> version();  // "257.13-1~deb13u1": also the ping of the bus

 private:
  std::string bus_socket_;
};

}  // namespace podwright::remote
