#include "route/layout.hh"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.hh"

namespace podwright::route {

namespace {

constexpr size_t kLongestName = 128;
constexpr size_t kLongestHost = 253;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

Status check_word(std::string_view what, std::string_view word, size_t longest, bool underscore) {
  auto allowed = [&](char c) { return is_plain(c) || (underscore && c == '_'); };
  bool ends_well = !word.empty() && word.front() != '-' && word.front() != '.' && word.back() != '.';
  if (ends_well && word.size() <= longest && std::ranges::all_of(word, allowed)) return {};
  return fail(error(ErrorCode::invalid, "the {} '{}' cannot be routed", what, printable(word.substr(0, longest)))
                  .with_hint("lower-case letters, digits, '-' and '.' are allowed, not at the start"));
}

// The one way to write an address: RFC 5952, as clients put it into a Host header.
bool is_ipv6_literal(std::string_view host) {
  if (host.size() < 4 || host.size() > INET6_ADDRSTRLEN + 1 || !host.starts_with('[') || !host.ends_with(']'))
    return false;
  std::string address(host.substr(1, host.size() - 2));
  in6_addr parsed{};
  char canonical[INET6_ADDRSTRLEN];
  return ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1 &&
         ::inet_ntop(AF_INET6, &parsed, canonical, sizeof canonical) && address == canonical;
}

Status check_host(std::string_view host) {
  if (is_ipv6_literal(host)) return {};
  return check_word("host name", host, kLongestHost, false);
}

Status check_target(const Target& target) {
  TRY(check_target_name(target.name));
  if (target.port >= 1 && target.port <= 65535) return {};
  return fail(ErrorCode::invalid, "port {} of the target '{}' is not between 1 and 65535", target.port, target.name);
}

Status check_hosts_are_free(const Layout& layout, const RouteSpec& spec) {
  for (const auto& [name, other] : layout.routes)
    for (const auto& host : other.hosts)
      if (name != spec.name && std::ranges::find(spec.hosts, host) != spec.hosts.end())
        return fail(error(ErrorCode::conflict, "the host name '{}' belongs to {} already", host, name)
                        .with_hint(fmt::format("remove it from {} first", name)));
  return {};
}

int free_slot(const Layout& layout, const std::set<int>& busy) {
  auto taken = busy;
  for (const auto& [name, slot] : layout.slot_of) taken.insert(slot);
  int slot = 1;
  while (taken.contains(slot)) ++slot;
  return slot;
}

}  // namespace

std::string slot_name(int slot) {
  return fmt::format("s{}", slot);
}

int slot_number(std::string_view name) {
  if (name.size() < 2 || name.size() > 6 || name.front() != 's') return 0;
  return static_cast<int>(parse_integer(name.substr(1)).value_or(0));
}

Status check_route_name(std::string_view name) {
  return check_word("route name", name, kLongestName, true);
}
Status check_target_name(std::string_view name) {
  return check_word("target name", name, kLongestName, true);
}

Status check_route(const RouteSpec& spec) {
  TRY(check_route_name(spec.name));
  std::set<std::string_view> seen;
  for (const auto& host : spec.hosts) {
    TRY(check_host(host));
    if (!seen.insert(host).second) return fail(ErrorCode::invalid, "the host name '{}' is given twice", host);
  }
  seen.clear();
  for (const auto& target : spec.targets) {
    TRY(check_target(target));
    if (!seen.insert(target.name).second)
      return fail(ErrorCode::invalid, "the target '{}' is given twice", target.name);
  }
  return {};
}

Result<Layout> with_route(Layout layout, const RouteSpec& spec, const std::set<int>& busy) {
  TRY(check_route(spec));
  TRY(check_hosts_are_free(layout, spec));
  if (!layout.slot_of.contains(spec.name)) {
    auto slot = free_slot(layout, busy);
    while (slot > layout.slots) layout.slots *= 2;
    layout.slot_of[spec.name] = slot;
  }
  layout.routes[spec.name] = spec;
  return layout;
}

Layout without_route(Layout layout, const std::string& name) {
  layout.routes.erase(name);
  layout.slot_of.erase(name);
  return layout;
}

Result<Layout> with_table(Layout layout, const RouteTable& table, const std::set<int>& busy) {
  layout.routes.clear();
  std::erase_if(layout.slot_of, [&](const auto& entry) { return !table.contains(entry.first); });
  for (const auto& [name, spec] : table) {
    if (name != spec.name)
      return fail(ErrorCode::invalid, "the route '{}' is filed under '{}'", printable(spec.name), printable(name));
    layout = TRY(with_route(std::move(layout), spec, busy));
  }
  return layout;
}

}  // namespace podwright::route
