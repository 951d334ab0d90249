// Connection: one server, reached when it is used: the SSH link, the sockets of its Podman and its systemd forwarded, and
// what was found out about it. Made anew after the link broke. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/synced.hh"
#include "export/unit.hh"
#include "model/host.hh"
#include "podman/client.hh"
#include "podman/runtime.hh"
#include "remote/link.hh"
#include "remote/systemd.hh"

namespace podwright::host {

// A server that was reached. Its parts answer Error{unavailable} once the link is gone.
struct Server {
  Server(HostFacts the_facts, units::UnitTarget the_target, const std::string& podman, std::string installation, podman::Machine machine, const std::string& bus)
      : facts(std::move(the_facts)), target(std::move(the_target)), client(podman), containers(podman::Client(podman), std::move(installation), machine), systemd(bus) {}

  HostFacts facts;
  units::UnitTarget target;
  podman::Client client;  // for what the Runtime port does not know
  podman::PodmanRuntime containers;
  remote::Systemd systemd;
};

class Connection {
 public:
  Connection(Host host, std::string installation, std::shared_ptr<remote::Link> link)
      : host_(std::move(host)), installation_(std::move(installation)), link_(std::move(link)) {}

  // The server, connected to now if need be; under a millisecond when it is. Errors: those of Link, and failed with the
  // first check that the server does not pass and the command that mends it.
  Result<std::shared_ptr<Server>> server();

  remote::Link& link() { return *link_; }
  const Host& host() const { return host_; }
  const std::string& installation() const { return installation_; }

 private:
  Result<std::shared_ptr<Server>> connect();

  Host host_;
  std::string installation_;
  std::shared_ptr<remote::Link> link_;
  Synced<std::shared_ptr<Server>> server_;
};

// What units on a server with these facts can rely on. Error{invalid}: its Podman has no readable version. Pure.
Result<units::UnitTarget> unit_target(const HostFacts& facts);

}  // namespace podwright::host
