// The files of the layout's blobs. A hollow blob is a file of the right size without content: skopeo takes it for the
// blob, and the disk holds nothing of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hh"
#include "base/result.hh"
#include "ship/index.hh"

namespace podwright::ship {

class Blobs {
 public:
  explicit Blobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path path(const std::string& digest) const;
  Result<std::string> content(const std::string& digest) const;  // of manifests and configurations; at most 16 MiB

  // Open for reading when it is there with this size and content; an empty Fd when it is not. Its idle time begins
  // anew.
  Fd open(const Blob& blob) const;

  void remove(const std::string& digest) const;
  bool is_damaged(const std::string& digest) const;  // its content is not what its name says; reads all of it
  bool hollow_out(const Stored& blob) const;         // whether the file system can

  std::vector<Stored> list() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace podwright::ship
