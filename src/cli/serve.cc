// podwright serve
#include "daemon/serve.hh"

#include <memory>

#include "base/version.hh"
#include "cli/commands.hh"
#include "cli/session.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::optional<int> http_port;
  std::optional<std::string> podman_socket;
};

}  // namespace

Command serve_command() {
  auto options = std::make_shared<Options>();
  return {.name = "serve",
          .summary = "Run the daemon in the foreground; other commands start it by themselves",
          .examples = {"podwright serve", "podwright serve --state-dir /srv/podwright --http-port 8080"},
          .parameters = {{.names = "--http-port", .value = "N", .help = "Port of the proxy, kept from then on [chosen]", .target = &options->http_port},
                         {.names = "--podman-socket", .value = "PATH", .help = "Podman's socket [found or started]", .target = &options->podman_socket}},
          .run = [options](Session& session) -> Result<int> {
            TRY(daemon::serve({.paths = session.paths(),
                               .http_port = options->http_port.value_or(0),
                               .podman_socket = options->podman_socket,
                               .version = std::string(version())}));
            return 0;
          }};
}

}  // namespace podwright::cli
