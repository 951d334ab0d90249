// Servers whose proxies the tests reach as a host's: a container of this machine, started as the unit would start it,
// or a real host over SSH, with its unit and forwarded sockets.
#pragma once

#include <memory>
#include <string>

#include "route/unit_home.hh"

namespace podwright::test {

class ProxyServer {
 public:
  virtual ~ProxyServer() = default;  // removes the proxy, its unit and its folder
  virtual route::UnitReach reach() = 0;
  virtual void kill_proxy() = 0;                             // the container's processes, at once
  virtual std::string mode_of(const std::string& file) = 0;  // "600"; of the folder itself for "."
  std::string installation;
};

std::unique_ptr<ProxyServer> container_server(std::string installation);

// The host of PODWRIGHT_TEST_HOST, an alias in the file PODWRIGHT_TEST_SSH_CONFIG. The tests then run in its network:
// what listens on their 127.0.0.1 is on the host's.
std::unique_ptr<ProxyServer> host_server(std::string installation);
bool has_host();
inline constexpr const char* kStays = "stays";  // the installation whose proxy is left on its host

}  // namespace podwright::test
