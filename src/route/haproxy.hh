// Haproxy: the Proxy port on an HAProxy process of our own, 2.6 or newer, of this machine or of a host.
//
// Every change is written to its files first (0600, in a 0700 folder) and then made in the running process through its
// control socket, as observe → plan → apply. The process is reloaded only when its preallocated slots run out; that
// loses nothing either. Thread-safe: changes run one after the other.
#pragma once

#include <filesystem>
#include <memory>

#include "base/synced.hh"
#include "route/config.hh"
#include "route/plan.hh"
#include "route/process.hh"
#include "route/proxy.hh"

namespace podwright::route {

struct HaproxyOptions {
  std::filesystem::path state_dir;
  std::vector<Bind> listen = {};  // empty: 127.0.0.1, on 8080 or a free port, chosen once and kept in haproxy/port
  int slots = 128;                // about 10 KiB of memory each
  std::string program = "haproxy";
};

class Haproxy final : public Proxy {
 public:
  // One of this machine, in <state folder>/haproxy/. Makes the folder, our mark and the choice of the port; starts
  // nothing. Errors: those of files, exhausted (no port).
  static Result<std::unique_ptr<Haproxy>> open(HaproxyOptions options);

  // One that lives in this home, such as a host's (route/unit_home.hh). Asks and starts nothing: the host may be away.
  Haproxy(std::unique_ptr<ProxyHome> home, Settings settings, int slots = 128);

  Status ensure_running(const RouteTable& table) override;
  Status set_route(const RouteSpec& spec) override;
  Status remove_route(const std::string& name) override;
  Result<int> open_sessions(const std::string& route, const std::string& target) override;
  Status release_target(const std::string& route, const std::string& target) override;
  Result<RouteTable> observe() override;
  int http_port() const override { return settings_.listen.front().port; }

  int pid();  // of the worker that serves now; 0 when none runs

  // Ends the process and every connection through it; for the removal of an installation.
  Status stop();

 private:
  struct State {
    std::unique_ptr<Process> process;
    Layout layout;
    bool has_places = false;  // the layout says where routes were
    bool is_known = false;    // and what there should be
  };

  using Seen = std::optional<Running>;  // nothing: it does not run

  Status recall_places(State& state);
  Status learn(State& state, const Seen& now);
  Status bring(State& state, Seen now, Layout next);
  Status write_files(ProxyHome& home, const Layout& layout);
  Status converge(State& state, Running now);

  Settings settings_;
  Synced<State> state_;
};

}  // namespace podwright::route
