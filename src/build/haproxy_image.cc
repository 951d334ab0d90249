#include "build/haproxy_image.hh"

#include "base/spawn.hh"
#include "base/text.hh"
#include "build/debian_bases.hh"

namespace podwright::build {

Result<std::string> haproxy_image(const PodmanSettings& settings, const LineSink& on_line, std::stop_token stop) {
  auto reference = TRY(DebianBases(settings).ensure({.variant = "haproxy"}, on_line, stop));
  auto id = TRY(run_ok({.argv = {"podman", "image", "inspect", "--format", "{{.Id}}", reference},
                        .env = podman_environment(settings)}, stop));
  return std::string(trim(id));
}

}  // namespace podwright::build
