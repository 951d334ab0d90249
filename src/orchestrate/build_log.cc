#include "orchestrate/build_log.hh"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fs.hh"

namespace podwright::orchestrate {

namespace {

constexpr size_t kCap = 10 << 20;

}  // namespace

std::filesystem::path BuildLog::path(const std::filesystem::path& state_dir, const std::string& deployment) {
  return state_dir / "builds" / (deployment + ".log");
}

Result<BuildLog> BuildLog::open(const std::filesystem::path& state_dir, const std::string& deployment) {
  auto file = path(state_dir, deployment);
  TRY(make_directories(file.parent_path()));
  Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return fail(errno == ENOSPC ? ErrorCode::exhausted : ErrorCode::failed, "cannot write {}: {}", file.native(), std::strerror(errno));
  return BuildLog(std::move(fd));
}

void BuildLog::write(std::string_view text) {
  if (written_ >= kCap) return;
  if (written_ + text.size() >= kCap) text = "\n[the log is longer than 10 MiB; the rest was dropped]\n", written_ = kCap;
  written_ += text.size();
  // A log that cannot be written (a full disk) must not fail the build.
  [[maybe_unused]] auto ignored = ::write(fd_.get(), text.data(), text.size());
}

}  // namespace podwright::orchestrate
