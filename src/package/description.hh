// manifest.json of a package: what it is, how it runs, and what every other entry must be. Pure.
//
// A package is a tar, compressed with zstd, whose entries come in this order:
//   manifest.json                        this
//   units/quadlet/…, units/systemd/…     for reading and for installing by hand; an installation writes its own
//   image/oci-layout, image/index.json, image/blobs/sha256/…    an OCI image layout with uncompressed layers
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"
#include "model/service.hh"

namespace podwright::package {

inline constexpr int kFormat = 1;
inline constexpr size_t kMaxManifest = 4 << 20;

struct Entry {
  std::string sha256;  // 64 hex
  long long size = 0;
  bool operator==(const Entry&) const = default;
};

struct Description {
  std::string app;
  std::string environment = "production";
  int release = 0;         // 0: built from a source, never deployed
  std::string source;      // shown to people
  std::string created_at;  // ISO 8601
  std::string made_by;     // our version
  // The image is image_id. Of what the user set (secret_env) there are the names, not the values.
  Service service;
  std::string image_id;      // 64 hex
  std::string image_digest;  // "sha256:…" of its manifest
  std::string reference;     // the name that it gets: "localhost/podwright/shop:7"
  std::map<std::string, Entry> entries;

  long long bytes() const;  // of all entries
};

std::string to_text(const Description& description);

// Reads text that anybody may have written: everything in it passed the allow-lists, and all paths are those above.
// Error{invalid}, which says so when a newer version of ours wrote it.
Result<Description> read_description(std::string_view text);

// The service without the values that the user set: what may stand in a file that is passed on.
Service without_secrets(Service service);

// Error{invalid} unless a service from outside is one that we would have made.
Status check_service(const Service& service);

}  // namespace podwright::package
