// The commands that bring a running HAProxy to a layout without a reload. Pure: observed × desired → commands.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "route/layout.hh"

namespace podwright::route {

enum class ServerState { ready, draining, maintenance };

struct Server {
  int port = 0;
  ServerState state = ServerState::ready;
  bool operator==(const Server&) const = default;
};

// What a running process serves, read from it.
struct Running {
  int slots = 0;
  std::map<std::string, std::string> hosts;                   // host name → slot name
  std::map<std::string, std::string> routes;                  // slot name → route name
  std::map<std::string, std::map<std::string, Server>> servers;  // slot name → server name → server
};

struct Plan {
  bool reload = false;                // the files ask for more slots than the process has; nothing else is planned then
  std::vector<std::string> changes;   // must all succeed, in this order
  std::vector<std::string> cleanup;   // may be refused while connections are open; asked again next time
};

// New servers are ready before host names point to them and before old servers drain; host names go before their
// servers drain. A removed route keeps its slot until its last server is gone.
Plan plan(const Layout& desired, const Running& running);

// Slots that may not be given to a new route: a route's name or servers are still in them.
std::set<int> busy_slots(const Running& running);

// The routes as the port describes them: what takes new requests.
RouteTable table_of(const Running& running);

}  // namespace podwright::route
