// A package: one file that holds an application with its image, to be installed where there is no network and no
// daemon. Its format is described in package/description.hh.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hh"
#include "model/loss.hh"
#include "package/description.hh"
#include "podman/client.hh"
#include "ship/layout.hh"

namespace podwright::package {

// Bytes of the entries, uncompressed. On the calling thread, often.
using OnProgress = std::function<void(long long done, long long total)>;

struct Written {
  long long bytes = 0;       // of the file
  std::string manifest;      // sha256 of its manifest.json, 64 hex: what names exactly this package
  std::vector<Loss> losses;  // what its units cannot say
};

// Writes the package of an image of the local Podman. In `description` the fields above `image_id` are set, in the
// service also its image; the rest is filled in. The file appears when it is complete. Errors: those of Layout, and
// exhausted or failed for the file.
Result<Written> write(ship::Layout& layout, Description description, const std::filesystem::path& file,
                      const OnProgress& progress, std::stop_token stop);

struct Package {
  std::filesystem::path file;
  Description description;
  ship::Image image;     // its manifest and configuration
  std::string manifest;  // as in Written
};

// Reads all of the file and checks everything: what is in it, the sizes, every checksum, and that the image is whole.
// Nothing of it is written or run. Errors: not_found, invalid (no package, damaged, cut off, wrong checksum, newer
// format), denied (links, foreign paths), exhausted (it would unpack to more than it may), cancelled.
Result<Package> verify(const std::filesystem::path& file, const OnProgress& progress, std::stop_token stop);

// Loads the image of a verified package into a Podman, under the package's reference, and reads it back. Nothing is
// sent when it is there. Errors: those of ship::ship.
Status load(const Package& package, podman::Client& target, const OnProgress& progress, std::stop_token stop);

}  // namespace podwright::package
