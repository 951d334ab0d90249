// Archive: a tar, compressed with zstd, that is made while it is read. Nothing of it is ever on a disk, and its memory
// is bounded.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fd.hh"
#include "base/result.hh"
#include "ship/image.hh"
#include "ship/layout.hh"

namespace podwright::ship {

// A file of the archive: the bytes themselves, or where they are read from (at most once, from its beginning).
struct ArchiveFile {
  std::string path;
  std::string content = {};
  int fd = -1;                   // not owned; read with its own offsets, so that several archives may share it
  long long size = 0;            // of what fd or read gives; a file that is shorter is Error{failed}
  podman::BodySource read = {};  // instead of fd: called in the order of the files
};

class Archive {
 public:
  // `on_read` hears how many bytes of the files' content went in.
  explicit Archive(std::vector<ArchiveFile> files, std::function<void(long long bytes)> on_read = {});
  ~Archive();
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;

  // The next bytes; 0 at the end. Error{failed} when a file cannot be read.
  Result<size_t> read(std::span<char> into);

  long long made() const;  // bytes that read() has given out

 private:
  struct Making;
  std::unique_ptr<Making> making_;
};

// The files of an OCI archive of the image, called `reference`, with these of its layers in it. `prefix` is put before
// every path. The descriptors in `blobs` must outlive the archive.
Result<std::vector<ArchiveFile>> oci_files(const Image& image, const std::string& reference,
                                           const std::vector<Blob>& layers, const OpenBlobs& blobs,
                                           const std::string& prefix = {});

}  // namespace podwright::ship
