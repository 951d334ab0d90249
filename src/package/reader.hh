// Reader: the entries of a package file, one after the other, as they stand there. Trusts nothing: see verify().
#pragma once

#include <archive.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/fs.hh"
#include "base/result.hh"

namespace podwright::package {

struct Header {
  std::string path;
  long long size = 0;
};

class Reader {
 public:
  static Result<Reader> open(const fs::path& file);

  // The next entry; nothing at the end. Error{denied}: it is no regular file. Error{invalid}: damaged or cut off.
  Result<std::optional<Header>> next();

  // The next bytes of the entry; 0 at its end.
  Result<size_t> read(std::span<char> into);

  // All of it. Error{invalid} when it is larger.
  Result<std::string> content(const Header& header, size_t max_bytes);

  long long packed_bytes() const { return packed_; }  // of the file

 private:
  struct Closer {
    void operator()(struct archive* reader) const { ::archive_read_free(reader); }
  };
  Reader(std::unique_ptr<struct archive, Closer> archive, std::string name, long long packed)
      : archive_(std::move(archive)), name_(std::move(name)), packed_(packed) {}
  Error damaged() const;

  std::unique_ptr<struct archive, Closer> archive_;
  std::string name_;
  long long packed_;
};

}  // namespace podwright::package
