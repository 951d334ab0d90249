// Probes from outside the container: nothing needs to be installed in it.
#pragma once

#include <sys/types.h>

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "model/service.hh"

namespace podwright {

struct ProbeAnswer {
  bool healthy = false;
  int http_status = 0;  // 0 when there was no HTTP answer
  std::string detail;   // for a person, inert: "HTTP 500: …", "connection refused"
  Millis took{0};
};

// Where an instance is asked: 127.0.0.1:port, or a unix socket that leads to its port on another machine.
struct Endpoint {
  int port = 0;
  std::string socket = {};
};

// One HTTP or TCP probe within check.timeout. (An exec probe goes through the Runtime.)
// A published port that Podman's proxy, or a forwarded socket, accepts and closes at once is not healthy.
ProbeAnswer probe(const HealthCheck& check, const Endpoint& endpoint);

// What the processes in the network namespace of this pid listen on, from /proc/PID/net/tcp{,6}.
struct Listening {
  std::string address;  // "0.0.0.0", "127.0.0.1", "::"
  int port = 0;
};
std::vector<Listening> listening_in(pid_t pid);

}  // namespace podwright
