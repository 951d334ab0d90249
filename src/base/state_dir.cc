#include "base/state_dir.hh"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <system_error>

#include "base/fs.hh"

namespace podwright {

namespace {

constexpr size_t kLongestSocket = 100;  // sun_path holds 108 bytes

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

fs::path home() {
  if (auto home = variable("HOME"); !home.empty()) return home;
  const auto* user = ::getpwuid(::geteuid());
  return user ? user->pw_dir : "/";
}

fs::path default_dir() {
  if (auto dir = variable("PODWRIGHT_STATE_DIR"); !dir.empty()) return dir;
  if (auto dir = variable("XDG_STATE_HOME"); dir.starts_with('/')) return fs::path(dir) / "podwright";
  return home() / ".local/state/podwright";
}

fs::path full_path(const fs::path& path) {
  std::error_code problem;
  auto full = fs::absolute(path, problem).lexically_normal();
  if (problem) return path;
  return full.has_filename() ? full : full.parent_path();  // "/a/" is "/a"
}

// FNV-1a: a short name that is the same in every build.
std::string short_name(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

bool is_plain(std::string_view path) {
  return path.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.-") == path.npos;
}

// Of this user, short enough for the path of a socket.
fs::path short_folder() {
  auto runtime = variable("XDG_RUNTIME_DIR");
  if (runtime.starts_with('/') && runtime.size() <= 32 && is_plain(runtime)) return fs::path(runtime) / "podwright";
  return fmt::format("/tmp/podwright-{}", ::geteuid());
}

fs::path socket_path(const fs::path& dir) {
  auto beside = dir / "api.sock";
  if (beside.native().size() <= kLongestSocket) return beside;
  return short_folder() / (short_name(dir.native()) + ".sock");
}

Status make_private(const fs::path& folder) {
  TRY(make_directories(folder));
  struct stat info{};
  if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() ||
      (info.st_mode & 077) != 0)
    return fail(error(ErrorCode::denied, "the folder for the socket is not private to this user")
                    .at(folder.native())
                    .with_hint("remove it, or choose a shorter --state-dir"));
  return {};
}

}  // namespace

StatePaths state_paths(const std::optional<fs::path>& asked) {
  auto dir = full_path(asked ? *asked : default_dir());
  return {.dir = dir,
          .api_socket = socket_path(dir),
          .database = dir / "podwright.db",
          .daemon_log = dir / "daemon.log",
          .lock = dir / "lock"};
}

Status prepare(const StatePaths& paths) {
  TRY(make_directories(paths.dir));
  auto folder = paths.api_socket.parent_path();
  if (folder == paths.dir) return {};
  return make_private(folder);
}

Result<fs::path> runtime_folder(const fs::path& state_dir, std::string_view purpose) {
  TRY(make_private(short_folder()));
  auto folder = short_folder() / short_name(state_dir.native() + "\n" + std::string(purpose));
  TRY(make_private(folder));
  return folder;
}

}  // namespace podwright
