// An image as the layout keeps it: its manifest and configuration (OCI image specification 1.0), read and checked.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright::ship {

// A content-addressed piece. In the layout a layer is an uncompressed tar, so its digest is also its diffID.
struct Blob {
  std::string digest;  // "sha256:<64 hex>"
  long long size = 0;  // bytes
  bool operator==(const Blob&) const = default;
};

struct Image {
  std::string id;             // 64 hex, the digest of the configuration: what a Podman calls it that loads it
  std::string local_id = {};  // what the Podman calls it that it was taken from: another one for an image in Docker's
                              // format, whose configuration is rewritten as OCI's on the way
  std::string digest;         // "sha256:…" of the manifest
  std::string manifest;       // the bytes themselves
  std::string config;
  std::vector<Blob> layers;  // the lowest first; a layer may stand here twice

  long long bytes() const;  // of all layers, each as often as it stands there
  std::vector<std::string> diff_ids() const;
  std::string created() const;  // "2026-11-26T16:18:55.646441819Z", or empty
};

long long shared_bytes(const Image& one, const Image& other);  // of layers that both have

// The digest of the configuration that a manifest names. Error{invalid} when it names none.
Result<std::string> config_digest_of(std::string_view manifest);

// Error{invalid} when the two do not belong together, a layer is compressed, or a size or digest is none.
Result<Image> read_image(std::string manifest, std::string config);

// The diffIDs of a configuration; empty when it is none.
std::vector<std::string> diff_ids_of(std::string_view config);

// On images that are only there to hold layers until the rest has come.
inline constexpr std::string_view kLabelPartial = "io.podwright.partial";

// The first `layers` layers as an image of its own, with that label and nothing to run.
Image prefix_of(const Image& image, size_t layers);

bool is_digest(std::string_view text);          // "sha256:<64 lower-case hex>"
std::string digest_of(std::string_view bytes);  // "sha256:…"
std::string hex_of(std::string_view digest);    // without the algorithm

}  // namespace podwright::ship
