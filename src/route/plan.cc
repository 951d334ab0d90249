#include "route/plan.hh"

#include <algorithm>

#include "route/config.hh"

namespace podwright::route {

namespace {

const std::map<std::string, Server>& servers_in(const Running& running, const std::string& slot) {
  static const std::map<std::string, Server> none;
  auto found = running.servers.find(slot);
  return found == running.servers.end() ? none : found->second;
}

// "set map" changes an entry that exists, "add map" makes one (and would make a second one).
void point(std::vector<std::string>& out, std::string_view map, const std::map<std::string, std::string>& now,
           const std::string& key, const std::string& value) {
  auto found = now.find(key);
  if (found == now.end()) out.push_back(fmt::format("add map {} {} {}", map, key, value));
  else if (found->second != value) out.push_back(fmt::format("set map {} {} {}", map, key, value));
}

void admit(std::vector<std::string>& out, const std::string& slot, const Target& target, const Server* now) {
  auto server = slot + "/" + target.name;
  if (!now) {
    // Not "add server … enabled": 2.6 then leaves the server out of its balancing tree.
    out.push_back(fmt::format("add server {} {}", server, server_arguments(target)));
    return out.push_back(fmt::format("set server {} state ready", server));
  }
  if (now->port != target.port) out.push_back(fmt::format("set server {} addr 127.0.0.1 port {}", server, target.port));
  if (now->state != ServerState::ready) out.push_back(fmt::format("set server {} state ready", server));
}

void admit_all(Plan& plan, const Layout& desired, const Running& running) {
  for (const auto& [name, spec] : desired.routes) {
    auto slot = slot_name(desired.slot_of.at(name));
    const auto& now = servers_in(running, slot);
    point(plan.changes, kRoutesMap, running.routes, slot, name);
    for (const auto& target : spec.targets) {
      auto found = now.find(target.name);
      admit(plan.changes, slot, target, found == now.end() ? nullptr : &found->second);
    }
  }
}

void point_hosts(Plan& plan, const Layout& desired, const Running& running) {
  std::set<std::string> wanted;
  for (const auto& [name, spec] : desired.routes)
    for (const auto& host : spec.hosts) {
      wanted.insert(host);
      point(plan.changes, kHostsMap, running.hosts, host, slot_name(desired.slot_of.at(name)));
    }
  for (const auto& [host, slot] : running.hosts)
    if (!wanted.contains(host)) plan.changes.push_back(fmt::format("del map {} {}", kHostsMap, host));
}

std::map<std::string, std::set<std::string>> wanted_servers(const Layout& desired) {
  std::map<std::string, std::set<std::string>> out;
  for (const auto& [name, spec] : desired.routes)
    for (const auto& target : spec.targets) out[slot_name(desired.slot_of.at(name))].insert(target.name);
  return out;
}

void dismiss_others(Plan& plan, const Layout& desired, const Running& running) {
  auto wanted = wanted_servers(desired);
  for (const auto& [slot, servers] : running.servers)
    for (const auto& [name, server] : servers) {
      if (wanted[slot].contains(name)) continue;
      if (server.state == ServerState::ready) plan.changes.push_back(fmt::format("set server {}/{} state drain", slot, name));
      if (server.state == ServerState::maintenance) plan.cleanup.push_back(fmt::format("del server {}/{}", slot, name));
    }
}

void forget_empty_slots(Plan& plan, const Layout& desired, const Running& running) {
  for (const auto& [slot, name] : running.routes) {
    auto found = desired.slot_of.find(name);
    bool lives_elsewhere = found == desired.slot_of.end() || slot_name(found->second) != slot;
    bool taken = std::ranges::any_of(desired.slot_of, [&](const auto& entry) { return slot_name(entry.second) == slot; });
    if (lives_elsewhere && !taken && servers_in(running, slot).empty())
      plan.changes.push_back(fmt::format("del map {} {}", kRoutesMap, slot));
  }
}

}  // namespace

Plan plan(const Layout& desired, const Running& running) {
  Plan out;
  if (desired.slots > running.slots) {
    out.reload = true;
    return out;
  }
  admit_all(out, desired, running);
  point_hosts(out, desired, running);
  dismiss_others(out, desired, running);
  forget_empty_slots(out, desired, running);
  return out;
}

std::set<int> busy_slots(const Running& running) {
  std::set<int> out;
  for (const auto& [slot, name] : running.routes) out.insert(slot_number(slot));
  for (const auto& [slot, servers] : running.servers) out.insert(slot_number(slot));
  return out;
}

RouteTable table_of(const Running& running) {
  RouteTable out;
  for (const auto& [slot, name] : running.routes) {
    RouteSpec spec{.name = name, .hosts = {}, .targets = {}};
    for (const auto& [host, where] : running.hosts)
      if (where == slot) spec.hosts.push_back(host);
    for (const auto& [server, now] : servers_in(running, slot))
      if (now.state == ServerState::ready) spec.targets.push_back({.name = server, .port = now.port});
    if (!spec.hosts.empty() || !spec.targets.empty()) out[name] = std::move(spec);
  }
  return out;
}

}  // namespace podwright::route
