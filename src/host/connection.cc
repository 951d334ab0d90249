#include "host/connection.hh"

#include <algorithm>

#include "base/text.hh"
#include "remote/checks.hh"
#include "remote/facts.hh"

namespace podwright::host {

Result<std::shared_ptr<Server>> Connection::server() {
  auto server = server_.lock();  // one caller connects, the others wait for it
  TRY(link_->ensure());
  if (*server) {
    // The sockets lead through the master of now: asked for again, they are forwarded again.
    TRY(link_->forward_socket((*server)->facts.podman_socket));
    TRY(link_->forward_socket((*server)->facts.bus_socket));
    return *server;
  }
  *server = TRY(connect());
  return *server;
}

Result<std::shared_ptr<Server>> Connection::connect() {
  auto facts = TRY(remote::look_at(*link_));
  for (const auto& check : remote::check(facts, facts.arch))
    if (check.status == remote::CheckStatus::fail)
      return fail(error(ErrorCode::failed, "{}: {}", host_.name, check.detail).with_hint(check.hint));
  auto target = TRY(unit_target(facts));
  auto podman = TRY(link_->forward_socket(facts.podman_socket));
  auto bus = TRY(link_->forward_socket(facts.bus_socket));
  auto machine = link_->is_local() ? podman::Machine::here : podman::Machine::elsewhere;
  return std::make_shared<Server>(std::move(facts), std::move(target), podman, installation_, machine, bus);
}

Result<units::UnitTarget> unit_target(const HostFacts& facts) {
  auto has = [&](std::string_view controller) { return std::ranges::find(facts.controllers, controller) != facts.controllers.end(); };
  auto version = TRY(units::parse_podman_version(facts.podman_version));
  // Without the generator the files of Quadlet would be nobody's: plain units then.
  if (!facts.quadlet && version >= units::kFirstQuadlet) version = {4, 3};
  return units::UnitTarget{.podman = version,
                           .systemd = facts.systemd_version,
                           .rootful = facts.is_root(),
                           .memory_controller = has("memory"),
                           .cpu_controller = has("cpu"),
                           .pids_controller = has("pids"),
                           .swap_limit = facts.cgroup_version == 2,
                           .init = facts.has_init};
}

}  // namespace podwright::host
