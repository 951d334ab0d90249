#include "base/fs.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/fd.hh"
#include "base/ids.hh"
#include "base/text.hh"

namespace podwright {

namespace {

std::unexpected<Error> errno_failure(std::string_view what, const fs::path& path) {
  int problem = errno;
  auto code = problem == ENOENT ? ErrorCode::not_found
              : problem == ENOSPC || problem == EDQUOT ? ErrorCode::exhausted
              : problem == EACCES || problem == EPERM ? ErrorCode::denied
                                                      : ErrorCode::failed;
  return fail(code, "cannot {} {}: {}", what, printable(path.native()), std::strerror(problem));
}

Status write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    auto done = ::write(fd, content.data(), content.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno_failure("write", path);
    content.remove_prefix(static_cast<size_t>(done));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path, size_t max_bytes) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return errno_failure("read", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_failure("read", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::failed, "{} is not a regular file", printable(path.native()));
  std::string content;
  char buffer[65536];
  for (;;) {
    auto got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_failure("read", path);
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > max_bytes) return fail(ErrorCode::exhausted, "{} is larger than {} bytes", printable(path.native()), max_bytes);
  }
}

Status write_file(const fs::path& path, std::string_view content, unsigned mode) {
  auto beside = path;
  beside += "." + random_hex(4) + ".tmp";
  Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return errno_failure("write", path);
  auto written = write_all(fd.get(), content, path);
  if (written && ::fsync(fd.get()) != 0) written = errno_failure("sync", path);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = errno_failure("replace", path);
  if (!written) ::unlink(beside.c_str());
  return written;
}

Status make_directories(const fs::path& path, unsigned mode) {
  std::error_code problem;
  if (fs::is_directory(path, problem)) return {};
  if (path.has_parent_path() && path.parent_path() != path) TRY(make_directories(path.parent_path(), mode));
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return errno_failure("make the folder", path);
  return {};
}

long long free_bytes(const fs::path& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return -1;
  return static_cast<long long>(info.f_bavail) * static_cast<long long>(info.f_frsize);
}

Result<TempDir> TempDir::make(std::string_view prefix) {
  std::error_code ignored;
  auto pattern = (fs::temp_directory_path(ignored) / (std::string(prefix) + ".XXXXXX")).native();
  if (!::mkdtemp(pattern.data())) return errno_failure("make a folder in", fs::path(pattern).parent_path());
  return TempDir(pattern);
}

TempDir::~TempDir() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace podwright
