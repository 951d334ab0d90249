// Probes from outside the container: nothing needs to be installed in it.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/clock.hh"
#include "model/service.hh"

namespace podwright {

struct ProbeAnswer {
  bool healthy = false;
  int http_status = 0;   // 0 when there was no HTTP answer
  std::string detail;    // for a person, inert: "HTTP 500: …", "connection refused"
  Millis took{0};
};

// One HTTP or TCP probe of 127.0.0.1:host_port within check.timeout. (An exec probe goes through the Runtime.)
// A published port that Podman's proxy accepts and closes at once is not healthy.
ProbeAnswer probe(const HealthCheck& check, int host_port);

// What the processes in the network namespace of this pid listen on, from /proc/PID/net/tcp{,6}.
struct Listening {
  std::string address;  // "0.0.0.0", "127.0.0.1", "::"
  int port = 0;
};
std::vector<Listening> listening_in(pid_t pid);

}  // namespace podwright
