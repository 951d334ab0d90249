// Images of several layers on the machine's Podman, for what moves and keeps images.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/fs.hh"
#include "podman/client.hh"

namespace podwright::test {

// The machine's Podman as tests share it, with the busybox image in it.
std::string test_podman_socket();

// Builds images on top of the busybox image and removes them at its end.
class ImageBuilder {
 public:
  ImageBuilder();
  ~ImageBuilder();
  ImageBuilder(const ImageBuilder&) = delete;
  ImageBuilder& operator=(const ImageBuilder&) = delete;

  // A layer for each file, the first one lowest. Answers the image's id. `format`: "oci" or "docker".
  std::string build(const std::vector<std::pair<std::string, std::string>>& files, const std::string& format = "oci");

  podman::Client& client() { return client_; }

 private:
  podman::Client client_;
  std::string name_;
  int count_ = 0;
};

// Bytes that no compression makes smaller.
std::string noise(size_t bytes);

}  // namespace podwright::test
