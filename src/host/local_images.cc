#include "host/local_images.hh"

#include "base/log.hh"
#include "build/haproxy_image.hh"

namespace podwright::host {

Result<std::string> LocalImages::proxy_image(std::stop_token stop) {
  auto mine = composing_.lock();
  return build::haproxy_image(settings_, [](std::string_view line) { log::info("proxy image: {}", line); }, stop);
}

}  // namespace podwright::host
