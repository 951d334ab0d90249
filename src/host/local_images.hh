// LocalImages: what servers get comes from this machine's Podman.
#pragma once

#include <string>

#include "base/synced.hh"
#include "build/build_process.hh"
#include "host/remote_host.hh"

namespace podwright::host {

class LocalImages final : public ImageSource {
 public:
  LocalImages(const fs::path& state_dir, const std::string& podman_socket, build::PodmanSettings settings)
      : layout_(state_dir / "ship", podman::Client(podman_socket)), settings_(std::move(settings)) {}

  ship::Layout& layout() override { return layout_; }
  Result<std::string> proxy_image(std::stop_token stop) override;  // what composing it prints goes to the log

 private:
  ship::Layout layout_;
  build::PodmanSettings settings_;
  Synced<int> composing_{0};  // one at a time
};

}  // namespace podwright::host
