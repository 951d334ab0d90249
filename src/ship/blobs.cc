#include "ship/blobs.hh"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/fs.hh"
#include "ship/digest.hh"

namespace podwright::ship {

namespace {

constexpr size_t kPiece = 256 << 10;

bool is_hollow(int fd, long long size) {
  return size > 0 && ::lseek(fd, 0, SEEK_DATA) < 0 && errno == ENXIO;
}

std::string hash_of(int fd) {
  Digest digest;
  std::string piece(kPiece, '\0');
  for (ssize_t got = 0; (got = ::read(fd, piece.data(), piece.size())) > 0;)
    digest.add(std::string_view(piece).substr(0, static_cast<size_t>(got)));
  return "sha256:" + digest.hex();
}

Millis since(const timespec& time) {
  auto at = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch() - at);
}

}  // namespace

fs::path Blobs::path(const std::string& digest) const {
  return folder_ / hex_of(digest);
}

Result<std::string> Blobs::content(const std::string& digest) const {
  return read_file(path(digest));
}

Fd Blobs::open(const Blob& blob) const {
  Fd fd(::open(path(blob.digest).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || info.st_size != blob.size || is_hollow(fd.get(), info.st_size)) return {};
  ::futimens(fd.get(), nullptr);
  return fd;
}

void Blobs::remove(const std::string& digest) const {
  std::error_code none;
  fs::remove(path(digest), none);
}

bool Blobs::is_damaged(const std::string& digest) const {
  Fd fd(::open(path(digest).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return fd && hash_of(fd.get()) != digest;
}

// Beside the blob and renamed: whoever has the old file open reads on, and a crash leaves the one or the other.
bool Blobs::hollow_out(const Stored& blob) const {
  auto beside = folder_ / (hex_of(blob.digest) + ".hollow");
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  bool made = fd && ::ftruncate(fd.get(), blob.size) == 0 && is_hollow(fd.get(), blob.size);
  if (made && ::rename(beside.c_str(), path(blob.digest).c_str()) == 0) return true;
  ::unlink(beside.c_str());
  return false;
}

std::vector<Stored> Blobs::list() const {
  std::vector<Stored> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_, none)) {
    Fd fd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat info{};
    if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    out.push_back({.digest = "sha256:" + entry.path().filename().native(),
                   .size = info.st_size,
                   .hollow = is_hollow(fd.get(), info.st_size),
                   .idle = since(info.st_mtim)});
  }
  return out;
}

}  // namespace podwright::ship
