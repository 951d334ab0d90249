// Files, with bounds and without surprises.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright {

namespace fs = std::filesystem;

// The content of a regular file of at most max_bytes. Errors: not_found, exhausted (too large), failed.
Result<std::string> read_file(const fs::path& path, size_t max_bytes = 16 << 20);

// Writes beside the target, syncs and renames: readers see the old content or the new, never half of it.
// Errors: exhausted when the disk is full, failed otherwise.
Status write_file(const fs::path& path, std::string_view content, unsigned mode = 0644);

Status make_directories(const fs::path& path, unsigned mode = 0700);

long long free_bytes(const fs::path& path);  // on its file system, for an unprivileged user; -1 when unknown

// A private directory under the system's temporary folder, removed with its content at the end of its scope.
class TempDir {
 public:
  static Result<TempDir> make(std::string_view prefix);
  TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TempDir& operator=(TempDir&& other) noexcept { std::swap(path_, other.path_); return *this; }
  ~TempDir();
  const fs::path& path() const { return path_; }

 private:
  explicit TempDir(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

}  // namespace podwright
