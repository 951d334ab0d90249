#include "export/options.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>

#include "base/text.hh"
#include "deploy/hardening.hh"
#include "deploy/plan.hh"

namespace podwright::units {

namespace {

using enum Option::Syntax;

constexpr std::string_view kAutoUpdateLabel = "io.containers.autoupdate";

// How --health-cmd is told an argv. Podman takes a JSON array of several words for one, but gives a single word to a
// shell of the container, where only "CMD word" reaches the program itself, split at blanks; and it takes three first
// words for keywords. Nothing where the command would become another one.
std::optional<std::string> health_command(const std::vector<std::string>& command) {
  constexpr std::array<std::string_view, 3> keywords{"cmd", "none", "cmd-shell"};
  auto is_graphic = [](char c) { return c > ' ' && c < 0x7f; };
  if (command.empty() || std::ranges::find(keywords, to_lower(command[0])) != keywords.end()) return std::nullopt;
  if (command.size() > 1) return boost::json::serialize(boost::json::array(command.begin(), command.end()));
  bool is_one_field = !command[0].empty() && std::ranges::all_of(command[0], is_graphic);
  return is_one_field ? std::optional("CMD " + command[0]) : std::nullopt;
}

bool asks_exec(const HealthCheck& health) {
  return health.kind == ProbeKind::exec && !health.command.empty();
}

bool has_exec_check(const HealthCheck& health) {
  return asks_exec(health) && health_command(health.command);
}

std::string_view name_of(AutoUpdate policy) {
  return policy == AutoUpdate::registry ? "registry" : "local";
}

// An id or a digest.
bool is_fixed(std::string_view image) {
  return image.contains("sha256:") || (image.size() == 64 && image.find_first_not_of("0123456789abcdef") == image.npos);
}

// "0" for Podman's durations must not stand for "not at all".
std::string milliseconds(Millis time) {
  return fmt::format("{}ms", std::max<long long>(1, time.count()));
}

void add_identity(std::vector<Option>& out, const UnitSpec& spec) {
  const auto& instance = spec.instance;
  out.push_back({.flag = "--name", .value = instance.name, .key = "ContainerName"});
  out.push_back({.flag = "--pull", .value = "never", .key = "Pull", .since = {4, 6}});  // what runs is what was shipped
  for (const auto& [key, value] : instance.labels)
    out.push_back({.flag = "--label", .value = key + "=" + value, .key = "Label", .syntax = word});
  if (spec.auto_update == AutoUpdate::none) return;
  std::string policy(name_of(spec.auto_update));
  out.push_back({.flag = "--label",
                 .value = fmt::format("{}={}", kAutoUpdateLabel, policy),
                 .key = "AutoUpdate",
                 .since = {4, 6},
                 .key_value = policy});
}

void add_hardening(std::vector<Option>& out, const Service& service) {
  const auto& privileges = service.privileges;
  out.push_back({.flag = "--cap-drop", .value = "all", .key = "DropCapability"});
  for (const auto& name : privileges.capabilities)
    out.push_back({.flag = "--cap-add", .value = name, .key = "AddCapability"});
  if (!privileges.new_privileges)
    out.push_back(
        {.flag = "--security-opt", .value = "no-new-privileges", .key = "NoNewPrivileges", .key_value = "true"});
  if (!privileges.writable_root) {
    out.push_back({.flag = "--read-only", .key = "ReadOnly", .key_value = "true"});
    // Said outright: Quadlet below 4.8 asks for the contrary, which makes /dev/shm read-only.
    out.push_back({.flag = "--read-only-tmpfs", .value = "true", .key = "ReadOnlyTmpfs", .since = {4, 8}});
  }
  if (privileges.run_as_root) out.push_back({.flag = "--user", .value = "0:0"});
  out.push_back({.flag = "--umask", .value = "0022"});
  out.push_back({.flag = "--http-proxy", .value = "false"});
}

void add_ulimit(std::vector<Option>& out, std::string_view name, long long wanted, long long hard) {
  auto value = hard > 0 ? std::min(wanted, hard) : wanted;
  out.push_back(
      {.flag = "--ulimit", .value = fmt::format("{}={}:{}", name, value, value), .key = "Ulimit", .since = {4, 7}});
}

void add_limits(std::vector<Option>& out, const Limits& limits, const UnitTarget& target) {
  add_ulimit(out, "nofile", limits.nofile, target.nofile_hard);
  // Without knowing the account's hard limit, ours could be above it, and then nothing starts.
  if (target.nproc_hard > 0) add_ulimit(out, "nproc", deploy::kMaxTasksPerUser, target.nproc_hard);
  if (target.pids_controller && limits.pids > 0)
    out.push_back({.flag = "--pids-limit", .value = std::to_string(limits.pids), .key = "PidsLimit", .since = {4, 7}});
  if (target.memory_controller && limits.memory_bytes > 0) {
    auto bytes = std::to_string(limits.memory_bytes);
    out.push_back({.flag = "--memory", .value = bytes, .key = "Memory", .since = {5, 5}});
    if (target.swap_limit) out.push_back({.flag = "--memory-swap", .value = bytes});  // both together: no swap beyond
  }
  if (target.cpu_controller && limits.cpu_millis > 0) {
    out.push_back({.flag = "--cpu-period", .value = std::to_string(deploy::kCpuPeriodUs)});
    out.push_back({.flag = "--cpu-quota", .value = std::to_string(deploy::cpu_quota_us(limits))});
  }
}

void add_storage(std::vector<Option>& out, const InstanceSpec& instance) {
  for (const auto& mount : deploy::tmpfs_mounts(instance.service)) {
    auto value = fmt::format("{}:{},size={}", mount.target, fmt::join(deploy::kTmpfsOptions, ","), mount.size);
    out.push_back({.flag = "--tmpfs", .value = value, .key = "Tmpfs", .since = {4, 5}});
  }
  for (const auto& volume : instance.service.volumes) {
    auto name = deploy::volume_name(instance.labels, volume);
    auto rest = fmt::format("{}:{}", volume.target, join(deploy::volume_options(volume), ","));
    out.push_back({.flag = "--volume",
                   .value = name + ":" + rest,
                   .key = "Volume",
                   .since = kNamedResources,
                   .key_value = name + ".volume:" + rest});
  }
}

void add_network(std::vector<Option>& out, const UnitSpec& spec) {
  const auto& network = spec.instance.network;
  out.push_back({.flag = "--network",
                 .value = network,
                 .key = "Network",
                 .since = kNamedResources,
                 .key_value = network + ".network"});
  if (spec.host_port == 0) return;
  auto port = fmt::format("127.0.0.1:{}:{}", spec.host_port, spec.instance.service.port);
  out.push_back({.flag = "--publish", .value = port, .key = "PublishPort"});
}

// HTTP and TCP checks are probed from outside: nothing for them needs to be in the image.
void add_health(std::vector<Option>& out, const HealthCheck& health) {
  auto add = [&](std::string_view name, std::string_view key, std::string value) {
    out.push_back({.flag = fmt::format("--health-{}", name), .value = std::move(value), .key = key, .since = {4, 5}});
  };
  add("cmd", "HealthCmd", *health_command(health.command));
  add("interval", "HealthInterval", milliseconds(health.interval));
  add("timeout", "HealthTimeout",
      milliseconds(std::max<Millis>(health.timeout, std::chrono::seconds(1))));  // Podman's least
  add("start-period", "HealthStartPeriod", milliseconds(health.start_period));
  add("retries", "HealthRetries", std::to_string(health.retries));
}

void add_process(std::vector<Option>& out, const Service& service, const UnitTarget& target) {
  if (target.init) out.push_back({.flag = "--init", .key = "RunInit", .key_value = "true"});
  out.push_back({.flag = "--stop-timeout",
                 .value = std::to_string(deploy::stop_seconds(service)),
                 .key = "StopTimeout",
                 .since = {5, 0}});
  // The journal has a cap of its own, keeps what a container said that is gone, and its lines of many hosts can be
  // merged by time.
  out.push_back({.flag = "--log-driver", .value = "journald", .key = "LogDriver", .since = {4, 5}});
  if (has_exec_check(service.health)) add_health(out, service.health);
}

void add_environment(std::vector<Option>& out, const UnitSpec& spec) {
  for (const auto& [key, value] : spec.instance.service.env)
    if (!spec.secret_env.contains(key))
      out.push_back({.flag = "--env", .value = key + "=" + value, .key = "Environment", .syntax = word});
  for (const auto& [key, secret] : spec.secret_env)
    out.push_back({.flag = "--secret",
                   .value = fmt::format("{},type=env,target={}", secret, key),
                   .key = "Secret",
                   .since = {4, 5},
                   .syntax = word});
}

}  // namespace

bool waits_for_health(const UnitSpec& spec, const UnitTarget& target) {
  constexpr PodmanVersion notifies_healthy{5, 0};
  return has_exec_check(spec.instance.service.health) && target.podman >= notifies_healthy;
}

std::vector<Option> container_options(const UnitSpec& spec, const UnitTarget& target) {
  const auto& service = spec.instance.service;
  std::vector<Option> out;
  add_identity(out, spec);
  add_hardening(out, service);
  add_limits(out, service.limits, target);
  add_storage(out, spec.instance);
  add_network(out, spec);
  add_process(out, service, target);
  add_environment(out, spec);
  return out;
}

std::vector<Loss> losses(const UnitSpec& spec, const UnitTarget& target) {
  std::vector<Loss> out;
  auto lose = [&](std::string field, std::string reason) {
    out.push_back({.field = std::move(field), .origin = spec.instance.name, .reason = std::move(reason)});
  };
  auto controller = [&](bool is_there, bool is_wanted, std::string field, std::string_view name) {
    if (is_wanted && !is_there)
      lose(std::move(field), fmt::format("the host has no {} controller for this account, so nothing limits it", name));
  };
  const auto& service = spec.instance.service;
  controller(target.memory_controller, service.limits.memory_bytes > 0, "resources.memory", "memory");
  controller(target.cpu_controller, service.limits.cpu_millis > 0, "resources.cpu", "cpu");
  controller(target.pids_controller, service.limits.pids > 0, "limits.pids", "pids");
  if (target.nofile_hard > 0 && target.nofile_hard < service.limits.nofile)
    lose("limits.nofile",
         fmt::format("the host allows {} open files, not {}", target.nofile_hard, service.limits.nofile));
  if (spec.auto_update != AutoUpdate::none && is_fixed(service.image))
    lose("auto_update", "the image is named by its content, of which there is never a newer one");
  if (!target.init) lose("init", "catatonit is not installed on the host, so nothing reaps orphaned processes");
  if (asks_exec(service.health) && !has_exec_check(service.health))
    lose("health.command", "Podman would give this command to a shell or take it for a keyword, so it is not checked");
  else if (has_exec_check(service.health) && !waits_for_health(spec, target))
    lose("health.command",
         "this Podman cannot hold back the unit until the check passes (from 5.0): it counts as started at once");
  return out;
}

}  // namespace podwright::units
