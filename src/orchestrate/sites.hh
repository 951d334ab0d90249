// Site: one place where an app runs, and what works there. This machine has a supervisor of ours; on a server systemd
// owns the containers. Everything else is the same, so there is one way to bring an app to where it should be.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "orchestrate/ports.hh"
#include "orchestrate/retirer.hh"
#include "orchestrate/supervisor.hh"

namespace podwright::orchestrate {

struct Site {
  std::string host;        // "": this machine
  Ports ports;             // with the runtime and the proxy of this place
  Supervisor* supervisor;  // null: systemd starts again what exits
  Retirer& retirer;
  RemoteHost* remote = nullptr;  // null: this machine

};

// Of one place; release 0 when the store knows of none there.
Result<Placement> placement_at(Store& store, const AppKey& key, const std::string& place);

// All places, made when they are first asked for. Owned by the engine; safe from any thread.
class Sites {
 public:
  Sites(Ports ports, Retirer& retirer) : ports_(ports), retirer_(retirer) {}
  void supervise_with(Supervisor& supervisor) { supervisor_ = &supervisor; }  // once, before use

  Site here() { return {{}, ports_, supervisor_, retirer_}; }
  Result<Site> at(const std::string& host);  // "" is this machine; Error{not_found}; connects to nothing

  // Where the app runs, by the store, and always this machine, where a failed attempt may have left something.
  Result<std::vector<Placement>> placements(const AppKey& key);

 private:
  Ports ports_;
  Retirer& retirer_;
  Supervisor* supervisor_ = nullptr;
  Synced<std::map<std::string, std::unique_ptr<Retirer>>> retirers_;
};

}  // namespace podwright::orchestrate
