// Layout: which route lives in which of HAProxy's backends. HAProxy cannot add a backend while it runs, so the
// configuration carries a number of empty ones ("slots", s1 … sN) and a route moves into one of them. Pure data.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "route/proxy.hh"

namespace podwright::route {

struct Layout {
  int slots = 128;                     // how many backends the configuration has
  std::map<std::string, int> slot_of;  // route name → 1..slots; a route keeps its slot for as long as it exists
  RouteTable routes;

  bool operator==(const Layout&) const = default;
};

std::string slot_name(int slot);          // 7 → "s7"
int slot_number(std::string_view name);   // the inverse; 0 for anything else

// Everything in a route that reaches a configuration file or a socket passes here: lower-case letters, digits, '-', '.'
// (and '_' in names), bounded lengths, ports 1..65535, no double entries. A host may be an address too: 10.0.0.2, or IPv6
// in brackets and in its canonical form, [fd00::1]. Error{invalid} names the value otherwise.
Status check_route(const RouteSpec& spec);
Status check_route_name(std::string_view name);
Status check_target_name(std::string_view name);

// The layout with this route added or replaced. It stays in its slot or gets the lowest one that neither a route nor
// `busy` (slots whose connections still drain) holds; when there is none the number of slots doubles, which needs a
// reload. Errors: invalid, conflict (a host name belongs to another route already).
Result<Layout> with_route(Layout layout, const RouteSpec& spec, const std::set<int>& busy);
Layout without_route(Layout layout, const std::string& name);

// A layout that holds exactly `table`, with every known route where it was.
Result<Layout> with_table(Layout layout, const RouteTable& table, const std::set<int>& busy);

}  // namespace podwright::route
