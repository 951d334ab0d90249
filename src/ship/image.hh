// An image as the layout keeps it: its manifest and configuration (OCI image specification 1.0), read and checked. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright::ship {

// A content-addressed piece. In the layout a layer is an uncompressed tar, so its digest is also its diffID.
struct Blob {
  std::string digest;   // "sha256:<64 hex>"
  long long size = 0;   // bytes
  bool operator==(const Blob&) const = default;
};

struct Image {
  std::string id;        // 64 hex: the digest of the configuration, which is what Podman calls an image's id
  std::string digest;    // "sha256:…" of the manifest
  std::string manifest;  // the bytes themselves, digest for digest
  std::string config;
  std::vector<Blob> layers;  // the lowest first; a layer may stand here twice

  long long bytes() const;  // all layers, each as often as it stands there
};

// Error{invalid} when the two do not belong together, a layer is compressed, a size is negative or a digest is none.
Result<Image> read_image(std::string manifest, std::string config);

// The first `layers` layers as an image of its own, with our label kLabelPartial and nothing else.
Image prefix_of(const Image& image, size_t layers);

bool is_digest(std::string_view text);      // "sha256:<64 lower-case hex>"
std::string digest_of(std::string_view bytes);

}  // namespace podwright::ship
