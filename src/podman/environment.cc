#include "podman/environment.hh"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <linux/magic.h>
#include <thread>

#include "base/clock.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "podman/client.hh"

namespace podwright::podman {

namespace {

using namespace std::chrono_literals;

constexpr Millis kStartLimit = 12s;
constexpr uintmax_t kMaxLog = 4 << 20;
constexpr unsigned kCapSysResource = 24;

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool has_capability(unsigned number) {
  auto status = read_file("/proc/self/status");
  if (!status) return true;
  for (auto line : split_lines(*status))
    if (line.starts_with("CapEff:")) return std::strtoull(std::string(trim(line.substr(7))).c_str(), nullptr, 16) >> number & 1;
  return true;
}

long long hard_limit(decltype(RLIMIT_NOFILE) resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return 1 << 20;
  return static_cast<long long>(std::min<rlim_t>(limit.rlim_max, 1 << 20));
}

// In the unified hierarchy a container can get the controllers that our own group has; in the old one those that are mounted.
bool has_pids_controller(bool cgroup_v2) {
  if (!cgroup_v2) return ::access("/sys/fs/cgroup/pids", F_OK) == 0;
  auto group = read_file("/proc/self/cgroup");
  if (!group || !group->starts_with("0::")) return true;
  auto path = "/sys/fs/cgroup" + std::string(trim(std::string_view(*group).substr(3)));
  auto controllers = read_file(path + "/cgroup.controllers");
  if (!controllers) return true;
  auto words = split_words(trim(*controllers));
  return std::ranges::find(words, "pids") != words.end();
}

// The files that Podman reads, in its order; only CONTAINERS_CONF when the user has set it.
std::vector<std::string> configuration_texts() {
  std::vector<fs::path> paths;
  if (auto chosen = environment_variable("CONTAINERS_CONF"); !chosen.empty()) {
    paths = {chosen};
  } else {
    paths = {"/usr/share/containers/containers.conf", "/etc/containers/containers.conf"};
    std::error_code none;
    std::vector<fs::path> parts;
    for (const auto& entry : fs::directory_iterator("/etc/containers/containers.conf.d", none))
      if (entry.path().extension() == ".conf") parts.push_back(entry.path());
    std::ranges::sort(parts);
    paths.insert(paths.end(), parts.begin(), parts.end());
    auto config = environment_variable("XDG_CONFIG_HOME");
    if (config.empty()) config = environment_variable("HOME") + "/.config";
    paths.push_back(fs::path(config) / "containers/containers.conf");
  }
  std::vector<std::string> texts;
  for (const auto& path : paths)
    if (auto text = read_file(path, 1 << 20)) texts.push_back(std::move(*text));
  return texts;
}

// Writes <state>/containers.conf when this machine needs one; answers its path or "".
Result<std::string> write_conf(const fs::path& state_dir) {
  auto overrides = overrides_for(machine_facts());
  if (overrides.empty()) return std::string();
  auto text = TRY(containers_conf(configuration_texts(), overrides));
  auto path = state_dir / "containers.conf";
  if (auto there = read_file(path); !there || *there != text) TRY(write_file(path, text));
  return path.string();
}

// A socket's path has at most 107 bytes; a deep state folder gets a short place of its own.
std::string own_socket(const fs::path& state_dir) {
  auto path = (state_dir / "podman.sock").string();
  if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
  auto runtime = environment_variable("XDG_RUNTIME_DIR");
  if (runtime.empty()) runtime = ::geteuid() == 0 ? "/run" : "/tmp";
  return fmt::format("{}/podwright-{}-{:016x}.sock", runtime, ::geteuid(), std::hash<std::string>{}(path));
}

std::vector<std::string> shared_sockets() {
  std::vector<std::string> out;
  if (auto runtime = environment_variable("XDG_RUNTIME_DIR"); !runtime.empty()) out.push_back(runtime + "/podman/podman.sock");
  // Root's Podman only for root: a user who can reach it would run applications as root.
  if (::geteuid() == 0) out.push_back("/run/podman/podman.sock");
  return out;
}

Result<std::string> ping(const std::string& socket) { return Client(socket).ping(2s); }

Error with_log(Error error, const fs::path& log) {
  auto text = read_file(log, kMaxLog * 2);
  if (!text) return error;
  auto said = trim(*text);
  if (said.size() > 1000) said.remove_prefix(said.size() - 1000);
  error.trail.push_back("Podman's log says: " + printable(said));
  return error;
}

// Detached, so that it outlives us; its log starts anew when it has grown too large.
Result<std::string> start_service(const fs::path& state_dir, const std::string& socket, const std::string& conf) {
  auto log = state_dir / "podman-service.log";
  std::error_code none;
  if (fs::file_size(log, none) > kMaxLog && !none) fs::remove(log, none);
  fs::remove(socket, none);
  Command command{.argv = {"podman", "system", "service", "--time=0", "unix://" + socket}};
  if (!conf.empty()) command.env["CONTAINERS_CONF"] = conf;
  auto pid = TRY(spawn_detached(command, log));
  for (auto limit = Deadline::in(kStartLimit);; std::this_thread::sleep_for(20ms)) {
    if (auto version = ping(socket)) return version;
    if (::waitpid(pid, nullptr, WNOHANG) == pid)
      return fail(with_log(error(ErrorCode::unavailable, "Podman's service ended as soon as it was started"), log).with_hint("try: podman info"));
    if (limit.passed())
      return fail(with_log(error(ErrorCode::unavailable, "Podman's service does not answer on {}", socket), log).with_hint("try: podman info"));
  }
}

}  // namespace

MachineFacts machine_facts() {
  struct statfs cgroup {};
  bool v2 = ::statfs("/sys/fs/cgroup", &cgroup) == 0 && cgroup.f_type == CGROUP2_SUPER_MAGIC;
  return {.rootful = ::geteuid() == 0,
          .cgroup_v2 = v2,
          .has_crun = has_program("crun"),
          .has_runc = has_program("runc"),
          .may_raise_limits = has_capability(kCapSysResource),
          .pids_controller = has_pids_controller(v2),
          .nofile_hard = hard_limit(RLIMIT_NOFILE),
          .nproc_hard = hard_limit(RLIMIT_NPROC)};
}

Status check_version(const std::string& version) {
  auto parts = split(version, '.');
  auto major = parse_integer(parts[0]).value_or(0);
  auto minor = parts.size() > 1 ? parse_integer(parts[1]).value_or(0) : 0;
  if (major > 4 || (major == 4 && minor >= 3)) return {};
  return fail(error(ErrorCode::unavailable, "Podman {} is too old: 4.3 or newer is needed", printable(version))
                  .with_hint("upgrade the package podman (Debian 12, Ubuntu 24.04 and later have it)"));
}

Result<Environment> prepare(const fs::path& state_dir, const std::string& given_socket) {
  if (!has_program("podman"))
    return fail(error(ErrorCode::not_found, "Podman is not installed").with_hint("apt-get install podman (4.3 or newer)"));
  TRY(make_directories(state_dir));
  auto conf = TRY(write_conf(state_dir));
  auto use = [&](const std::string& socket, const std::string& version) -> Result<Environment> {
    TRY(check_version(version));
    return Environment{.socket_path = socket, .containers_conf = conf, .version = version};
  };
  if (!given_socket.empty()) return use(given_socket, TRY(ping(given_socket)));
  auto own = own_socket(state_dir);
  auto mine = ping(own);
  if (!mine && mine.error().code == ErrorCode::timeout) mine = Client(own).ping(8s);  // a busy machine is no hung Podman
  if (mine) return use(own, *mine);
  if (mine.error().code == ErrorCode::timeout)
    return fail(error(ErrorCode::unavailable, "Podman's service on {} hangs", own).with_hint("end that `podman system service` process, then try again"));
  // A service that others started does not read our configuration.
  if (conf.empty())
    for (const auto& socket : shared_sockets())
      if (auto version = ping(socket)) return use(socket, *version);
  return use(own, TRY(start_service(state_dir, own, conf)));
}

}  // namespace podwright::podman
