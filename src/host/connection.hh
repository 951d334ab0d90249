// Connection: one server, reached when it is used: an SSH master, its Podman's and its systemd's sockets forwarded, and
// what was found out about it. Made anew after the link broke. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/synced.hh"
#include "export/unit.hh"
#include "model/host.hh"
#include "podman/client.hh"
#include "podman/runtime.hh"
#include "remote/facts.hh"
#include "remote/link.hh"
#include "remote/systemd.hh"

namespace podwright::host {

// A server that could be reached. Its parts answer Error{unavailable} once the link is gone.
struct Server {
  remote::Link& link;
  remote::RemoteFacts facts;
  units::UnitTarget target;
  podman::Client client;           // for what the Runtime port does not know
  podman::PodmanRuntime containers;
  remote::Systemd systemd;
};

class Connection {
 public:
  // `folder` is where sockets and the pinned host key lie.
  Connection(Host host, std::string installation, const std::filesystem::path& folder);

  // The server, connected to now if need be. Errors: those of Link and of the first check that fails, which say what is
  // missing on the server and how to put it right.
  Result<std::shared_ptr<Server>> server();

  const Host& host() const { return host_; }

 private:
  Result<std::shared_ptr<Server>> connect();

  Host host_;
  std::string installation_;
  remote::Link link_;
  Synced<std::shared_ptr<Server>> server_;
};

// What its units can rely on. Pure.
Result<units::UnitTarget> unit_target(const remote::RemoteFacts& facts);

}  // namespace podwright::host
