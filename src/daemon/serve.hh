// The composition root: makes the adapters, gives them to the engine, and serves the API until it is told to stop.
#pragma once

#include <optional>
#include <string>

#include "base/result.hh"
#include "base/state_dir.hh"

namespace podwright::daemon {

struct ServeOptions {
  StatePaths paths;
  int http_port = 0;  // of the proxy; 0: the one chosen at the first start
  std::optional<std::string> podman_socket = std::nullopt;
  std::string version;
};

// Returns when SIGTERM, SIGINT or POST /v1/shutdown asked for it; applications and routes go on. Errors: conflict
// (another daemon has this state folder), and whatever Podman, the database or the proxy cannot do.
Status serve(const ServeOptions& options);

}  // namespace podwright::daemon
