// The layout: an OCI image layout in the state folder that holds, uncompressed, the layers of what we ship. Its blobs
// are read straight into the archives that travel, by several ships at once.
//
// Why a copy at all: containers/storage keeps layers as unpacked trees. Their tar streams have to be made (`skopeo
// copy`, about 100 MB/s) and must not be made on every deployment: with the base's blobs in place, taking over an image
// with a new layer of code takes 55 ms. `GET /images/get` makes the whole image anew on each call; skopeo's image proxy
// streams single layers, but only of images whose manifest names them uncompressed; and there is no file to hard-link.
// Why the disk does not hold the bases twice: skopeo asks only whether a blob's file exists. A large blob that was not
// sent for an hour is made hollow by trim(): a sparse file of the same size. It is filled again when a new host needs
// it.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/fd.hh"
#include "base/result.hh"
#include "base/synced.hh"
#include "podman/client.hh"
#include "ship/blobs.hh"
#include "ship/image.hh"

namespace podwright::ship {

// Open blobs by digest; they stay readable whatever happens to the layout.
using OpenBlobs = std::map<std::string, Fd>;

struct Trimmed {
  int images = 0;       // that the layout no longer has
  long long bytes = 0;  // given back to the disk
};

// Safe from any thread and from several processes: a lock file keeps writers apart.
class Layout {
 public:
  // `dir` is made at the first use. `local` is the Podman whose images are taken over.
  Layout(std::filesystem::path dir, podman::Client local);

  // The image (64 hex), taken over from Podman unless it is here. Errors: not_found (Podman has no such image, or
  // skopeo is not installed), exhausted (disk), cancelled, timeout, failed.
  Result<Image> image(const std::string& local_id, std::stop_token stop);

  // Those of its layers, filled where they are hollow or gone. Errors as above.
  Result<OpenBlobs> open(const Image& image, const std::vector<Blob>& layers, std::stop_token stop);

  // The images here that share layers with this one, those that share most bytes first, of those the newest first.
  std::vector<Image> related(const Image& image) const;

  // Forgets those of these blobs whose content is not what their name says; answers how many.
  int drop_damaged(const std::vector<Blob>& blobs);

  // Keeps the images with these local ids only, and makes large blobs hollow that were not sent for `idle`.
  Result<Trimmed> trim(const std::set<std::string>& kept, Millis idle = std::chrono::hours(1));

 private:
  std::filesystem::path index_path() const { return dir_ / "index.json"; }
  Result<std::string> store();
  Result<Fd> lock(std::stop_token stop) const;
  Result<Image> read(const std::string& local_id) const;
  Status take_over(const std::string& local_id, std::stop_token stop);
  OpenBlobs open_those_there(const std::vector<Blob>& layers) const;

  std::filesystem::path dir_;
  Blobs blobs_;
  podman::Client local_;
  Synced<std::string> store_;  // of the local Podman, once it was asked
};

}  // namespace podwright::ship
