// What HAProxy reads when it starts: its configuration and two map files, rendered from a Layout. Pure.
//
// All three lie in one folder and refer to each other and to their sockets by relative names; the process runs in that
// folder. A request finds its way through hosts.map (host name → slot); routes.map (slot → route name) lets error pages
// name the application and lets a later daemon learn who lives where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "route/layout.hh"

namespace podwright::route {

struct Bind {
  std::string address = "127.0.0.1";  // IPv4 or, in brackets, IPv6, which then takes no IPv4 connections
  int port = 0;
  bool operator==(const Bind&) const = default;
};

struct Settings {
  std::string installation;  // our mark in the running process: lower-case letters and digits
  std::vector<Bind> listen;
  int threads = 2;
};

inline constexpr std::string_view kConfigFile = "haproxy.cfg";
inline constexpr std::string_view kHostsMap = "hosts.map";
inline constexpr std::string_view kRoutesMap = "routes.map";
inline constexpr std::string_view kAdminSocket = "admin.sock";
inline constexpr std::string_view kMasterSocket = "master.sock";

// The arguments of HAProxy itself, which runs in the folder: a master, and workers that it replaces.
std::vector<std::string> haproxy_arguments();

// "podwright <installation> <slots>": what `show info` of our own process says about itself.
std::string description(const Settings& settings, int slots);
int slots_of(std::string_view description);  // 0 when it does not say

// Errors: invalid, when any value is outside its allow-list.
Result<std::string> render_config(const Settings& settings, const Layout& layout);
std::string render_hosts(const Layout& layout);
std::string render_routes(const Layout& layout);

// The slots that an earlier routes.map gave; lines that are not ours are passed over.
std::map<std::string, int> parse_routes(std::string_view text);

// How a server is described, in the file and to `add server`: its idle connections are closed after a second or two,
// before common servers close theirs (Node and uvicorn after five), so that no request meets a closing connection.
std::string server_arguments(const Target& target);

}  // namespace podwright::route
