// Proxy: the port through which traffic is switched. route/haproxy implements it on a HAProxy process of our own that
// outlives us; tests/support has a fake. tests/contract/proxy holds what both must do.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright {

struct Target {
  std::string name;   // unique in its route, [a-z0-9-]: the container's name
  int port = 0;       // on 127.0.0.1
  bool operator==(const Target&) const = default;
};

// The traffic of one app and environment: every host name in `hosts` is spread over `targets`.
struct RouteSpec {
  std::string name;                 // "<app>.<environment>"
  std::vector<std::string> hosts;   // lower case, without a port; an address is one too: 10.0.0.2, [fd00::1]
  std::vector<Target> targets;      // the servers that take new requests
  bool operator==(const RouteSpec&) const = default;
};

using RouteTable = std::map<std::string, RouteSpec>;  // by name

class Proxy {
 public:
  virtual ~Proxy() = default;

  // Starts the process unless it runs already, and brings it to `table`. What it serves now goes on being served.
  virtual Status ensure_running(const RouteTable& table) = 0;

  // Makes the route what `spec` says, without a reload and without losing a request: new targets are ready before old
  // ones stop taking new requests. Targets that are no longer named go on with the requests that they have (draining).
  // Written to disk first, so that a restarted proxy serves the same.
  virtual Status set_route(const RouteSpec& spec) = 0;
  virtual Status remove_route(const std::string& name) = 0;

  // Open connections and requests on a target that was drained; 0 when it may be stopped (or is unknown).
  virtual Result<int> open_sessions(const std::string& route, const std::string& target) = 0;
  // Forgets a drained target and cuts what is still open on it.
  virtual Status release_target(const std::string& route, const std::string& target) = 0;

  virtual Result<RouteTable> observe() = 0;  // what the running proxy serves, read from it
  virtual int http_port() const = 0;         // where http://<app>.localhost answers
};

}  // namespace podwright
