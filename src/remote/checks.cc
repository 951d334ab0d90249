#include "remote/checks.hh"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.hh"

namespace podwright::remote {

namespace {

constexpr long long kGiB = 1LL << 30;

Check ok(std::string name, std::string detail) {
  return {.name = std::move(name), .detail = std::move(detail)};
}
Check warn(std::string name, std::string detail, std::string hint) {
  return {.name = std::move(name), .status = CheckStatus::warn, .detail = std::move(detail), .hint = std::move(hint)};
}
Check bad(std::string name, std::string detail, std::string hint) {
  return {.name = std::move(name), .status = CheckStatus::fail, .detail = std::move(detail), .hint = std::move(hint)};
}
Check fixable(Check check) {
  check.fixable = true;
  return check;
}

std::string systemctl(const HostFacts& facts) {
  return facts.is_root() ? "systemctl" : "systemctl --user";
}

// "5.4.2" as 5004, "4.3.1" as 4003.
long long version_number(std::string_view version) {
  auto parts = split(version, '.');
  return parse_integer(parts[0]).value_or(0) * 1000 + (parts.size() > 1 ? parse_integer(parts[1]).value_or(0) : 0);
}

Check architecture(const HostFacts& facts, std::string_view our_arch) {
  if (facts.arch == our_arch)
    return ok("machine", fmt::format("{}, {}, {} CPUs, {}", facts.os, facts.arch, facts.cpus,
                                     format_bytes(facts.memory_bytes / kGiB * kGiB)));
  return warn("machine", fmt::format("{} is {}, and images are built here for {}", facts.os, facts.arch, our_arch),
              "use images that are made for both");
}

Check podman(const HostFacts& facts) {
  if (facts.podman_version.empty()) return bad("podman", "Podman is not installed", "sudo apt-get install podman");
  if (version_number(facts.podman_version) < 4003)
    return bad("podman", fmt::format("Podman {} is too old, 4.3 is the oldest that works", facts.podman_version),
               "upgrade to Debian 12 or later");
  if (!facts.podman_problem.empty())
    return bad("podman", "Podman does not work: " + facts.podman_problem, "podman info");
  return ok("podman", fmt::format("Podman {}{}", facts.podman_version, facts.is_root() ? ", as root" : ", rootless"));
}

Check units(const HostFacts& facts) {
  if (facts.quadlet && version_number(facts.podman_version) >= 4004) return ok("units", "Quadlet units");
  return ok("units", "plain systemd units: this Podman has no Quadlet");
}

Check subordinate_ids(const HostFacts& facts) {
  if (!facts.has_uidmap)
    return bad("user-ids", "newuidmap is missing, rootless containers need it", "sudo apt-get install uidmap");
  if (facts.subuids >= 65536 && facts.subgids >= 65536)
    return ok("user-ids", fmt::format("{} subordinate ids", facts.subuids));
  return bad(
      "user-ids",
      fmt::format("the user {} has {} subordinate user and {} group ids, containers need 65536", facts.user,
                  facts.subuids, facts.subgids),
      fmt::format("sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {} && podman system migrate",
                  facts.user));
}

Check rootless_network(const HostFacts& facts) {
  // Podman 5 uses pasta unless it is told otherwise.
  bool wants_pasta = version_number(facts.podman_version) >= 5000;
  if (wants_pasta ? facts.has_pasta : facts.has_slirp4netns || facts.has_pasta)
    return ok("network", facts.has_pasta && wants_pasta ? "pasta" : "slirp4netns");
  return bad("network",
             fmt::format("{} is missing, rootless containers have no network without it",
                         wants_pasta ? "pasta" : "slirp4netns"),
             fmt::format("sudo apt-get install {}", wants_pasta ? "passt" : "slirp4netns"));
}

Check systemd(const HostFacts& facts) {
  if (facts.systemd_version == 0)
    return bad("systemd", "systemd is not PID 1, so nothing starts applications at boot",
               "use a machine that boots with systemd");
  if (facts.manager_state.empty())
    return bad("systemd", fmt::format("the service manager of {} does not answer", facts.user),
               "sudo apt-get install dbus-user-session libpam-systemd, then log in anew");
  return ok("systemd", fmt::format("systemd {}, {}", facts.systemd_version, facts.manager_state));
}

Check linger(const HostFacts& facts) {
  if (facts.linger)
    return ok("linger", facts.is_root() ? "units of the system start at boot" : "the user's units start at boot");
  return fixable(bad("linger", "the user's units end with the last login and do not start at boot",
                     "sudo loginctl enable-linger " + facts.user));
}

Check api_socket(const HostFacts& facts) {
  auto command = systemctl(facts) + " enable --now podman.socket";
  auto fixable_by_unit = [&](Check check) { return facts.has_systemd() ? fixable(std::move(check)) : check; };
  if (!facts.podman_socket_active)
    return fixable_by_unit(bad("podman-socket", "nothing listens on " + facts.podman_socket, command));
  if (!facts.podman_socket_enabled)
    return fixable_by_unit(
        warn("podman-socket", "podman.socket is not enabled: it is gone after the next boot", command));
  return ok("podman-socket", facts.podman_socket);
}

Check limits(const HostFacts& facts) {
  if (facts.cgroup_version < 2)
    return warn("limits", "the old cgroup hierarchy: rootless containers have no limits",
                "boot with systemd.unified_cgroup_hierarchy=1");
  std::vector<std::string> missing;
  for (const char* controller : {"cpu", "memory", "pids"})
    if (std::ranges::find(facts.controllers, controller) == facts.controllers.end()) missing.emplace_back(controller);
  if (missing.empty()) return ok("limits", "cpu, memory and pids can be limited");
  return warn(
      "limits", fmt::format("{} cannot be limited here, such limits are left out", join(missing, ", ")),
      facts.is_root()
          ? "enable the controllers in the kernel or in the container that this machine is"
          : "sudo systemctl set-property user@.service Delegate=\"cpu cpuset io memory pids\", then log in anew");
}

Check ports(const HostFacts& facts) {
  if (facts.is_root() || facts.first_user_port <= 80) return ok("ports", "80 and 443 can be bound");
  return warn(
      "ports", fmt::format("ports below {} are not for this user", facts.first_user_port),
      "echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee /etc/sysctl.d/50-podwright.conf && sudo sysctl --system");
}

Check disk(const HostFacts& facts) {
  auto free = fmt::format("{} of {} free for images", format_bytes(facts.free_bytes >> 20 << 20),
                          format_bytes(facts.total_bytes >> 20 << 20));
  if (facts.free_bytes < kGiB / 4)
    return bad("disk", free, "podman system prune, or a larger disk below " + facts.storage);
  if (facts.free_bytes < 2 * kGiB)
    return warn("disk", free, "podman system prune, or a larger disk below " + facts.storage);
  return ok("disk", free);
}

Check clock(const HostFacts& facts) {
  auto off = std::abs(facts.skew_ms);
  auto detail = fmt::format("its clock is {} ms {} ours", off, facts.skew_ms < 0 ? "behind" : "ahead of");
  if (off < 2000) return ok("clock", off < 500 ? "in step with ours" : detail);
  return warn("clock", detail, "sudo timedatectl set-ntp true");
}

// Asks polkit for it like anybody; where the answer is no, an administrator has to.
constexpr std::string_view kEnableLinger = "timeout 10 loginctl enable-linger </dev/null";
constexpr std::string_view kEnableSocket = R"sh(
if [ "$(id -u)" = 0 ]; then exec timeout 20 systemctl enable --now podman.socket; fi
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR
exec timeout 20 systemctl --user enable --now podman.socket
)sh";

}  // namespace

std::string_view name(CheckStatus status) {
  return status == CheckStatus::ok ? "ok" : status == CheckStatus::warn ? "warn" : "fail";
}

std::vector<Check> check(const HostFacts& facts, std::string_view our_arch) {
  std::vector<Check> checks{architecture(facts, our_arch), podman(facts)};
  if (!facts.podman_version.empty()) checks.push_back(units(facts));
  if (!facts.is_root()) {
    checks.push_back(subordinate_ids(facts));
    checks.push_back(rootless_network(facts));
  }
  checks.push_back(systemd(facts));
  checks.push_back(linger(facts));
  if (!facts.podman_version.empty()) checks.push_back(api_socket(facts));
  for (auto* look : {limits, ports, disk, clock}) checks.push_back(look(facts));
  return checks;
}

bool is_usable(const std::vector<Check>& checks) {
  return std::ranges::none_of(checks, [](const Check& check) { return check.status == CheckStatus::fail; });
}

boost::json::object to_json(const Check& check) {
  return {{"name", check.name},
          {"status", name(check.status)},
          {"detail", check.detail},
          {"hint", check.hint},
          {"fixable", check.fixable}};
}

Status fix(Link& link, const std::vector<Check>& checks) {
  for (const auto& [name, text] : {std::pair{"linger", kEnableLinger}, {"podman-socket", kEnableSocket}}) {
    auto wanted = std::ranges::find(checks, name, &Check::name);
    if (wanted == checks.end() || !wanted->fixable) continue;
    TRY(link.run_script({.text = text}));  // whether it worked shows in the next look
  }
  return {};
}

}  // namespace podwright::remote
