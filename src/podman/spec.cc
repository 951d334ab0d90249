#include "podman/spec.hh"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>

#include "base/text.hh"
#include "deploy/hardening.hh"
#include "deploy/plan.hh"
#include "podman/inspect.hh"

namespace podwright::podman {

namespace {

namespace json = boost::json;

constexpr long long kLogBytes = 10 << 20;

long long hard_limit(decltype(RLIMIT_NOFILE) resource, long long cap) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return 1024;
  return limit.rlim_max == RLIM_INFINITY ? cap : std::min(cap, static_cast<long long>(limit.rlim_max));
}

// Where Podman looks for catatonit.
bool has_init() {
  constexpr std::array places{"/usr/libexec/podman/catatonit", "/usr/local/libexec/podman/catatonit", "/usr/lib/podman/catatonit",
                              "/usr/local/lib/podman/catatonit", "/usr/bin/catatonit", "/usr/libexec/catatonit/catatonit"};
  return std::ranges::any_of(places, [](const char* path) { return ::access(path, X_OK) == 0; });
}

json::object rlimit_of(std::string_view type, long long wanted, long long hard) {
  auto value = std::min(wanted, hard);
  return {{"type", type}, {"soft", value}, {"hard", value}};
}

json::object resource_limits(const Limits& limits, const HostFacts& host) {
  json::object out;
  if (host.pids_controller && limits.pids > 0) out["pids"] = json::object{{"limit", limits.pids}};
  if (host.memory_controller && limits.memory_bytes > 0) {
    json::object memory{{"limit", limits.memory_bytes}};
    if (host.swap_limit) memory["swap"] = limits.memory_bytes;  // memory and swap together: no swap beyond
    out["memory"] = std::move(memory);
  }
  if (host.cpu_controller && limits.cpu_millis > 0)
    out["cpu"] = json::object{{"quota", deploy::cpu_quota_us(limits)}, {"period", deploy::kCpuPeriodUs}};
  return out;
}

json::array tmpfs_mounts(const Service& service) {
  json::array out;
  for (const auto& mount : deploy::tmpfs_mounts(service)) {
    json::array options(deploy::kTmpfsOptions.begin(), deploy::kTmpfsOptions.end());
    options.push_back(json::value("size=" + mount.size));
    out.push_back(json::object{{"type", "tmpfs"}, {"source", "tmpfs"}, {"destination", mount.target}, {"options", std::move(options)}});
  }
  return out;
}

json::array named_volumes(const InstanceSpec& spec) {
  json::array out;
  for (const auto& volume : spec.service.volumes) {
    auto options = deploy::volume_options(volume);
    out.push_back(json::object{{"Name", deploy::volume_name(spec.labels, volume)},
                               {"Dest", volume.target},
                               {"Options", json::array(options.begin(), options.end())}});
  }
  return out;
}

json::object string_map(const std::map<std::string, std::string>& values) {
  json::object out;
  for (const auto& [key, value] : values) out[key] = value;
  return out;
}

// JSON carries Unicode only: other bytes would silently arrive as U+FFFD.
Status check_env(const std::map<std::string, std::string>& env) {
  for (const auto& [key, value] : env)
    if (!is_utf8(value))
      return fail(error(ErrorCode::invalid, "the value of the environment variable {} is not UTF-8", printable(key))
                      .with_hint("encode binary values, for example with base64"));
  return {};
}

void add_network(json::object& out, const InstanceSpec& spec) {
  out["netns"] = json::object{{"nsmode", "bridge"}};
  out["Networks"] = json::object{{spec.network, json::object{}}};
  if (spec.service.port == 0) return;
  // host_port 0: Podman picks a free one, which inspect tells.
  json::object mapping{{"host_ip", "127.0.0.1"}, {"host_port", 0}, {"container_port", spec.service.port}, {"protocol", "tcp"}};
  out["portmappings"] = json::array{std::move(mapping)};
}

void add_hardening(json::object& out, const Service& service, const HostFacts& host) {
  out["cap_drop"] = json::array{"ALL"};
  json::array capabilities;
  for (const auto& name : service.privileges.capabilities) capabilities.push_back(json::value(name));
  if (!capabilities.empty()) out["cap_add"] = std::move(capabilities);
  out["no_new_privileges"] = !service.privileges.new_privileges;
  out["read_only_filesystem"] = !service.privileges.writable_root;
  out["read_write_tmpfs"] = !service.privileges.writable_root;  // else Podman from 4.7 mounts /dev and /dev/shm read-only
  if (service.privileges.run_as_root) out["user"] = "0:0";
  out["umask"] = "0022";
  // Always sent: Podman's own defaults may be above what this machine allows, and 4.3.1 swaps the configured ones.
  out["r_limits"] = json::array{rlimit_of("nofile", service.limits.nofile, host.nofile_hard),
                                rlimit_of("nproc", deploy::kMaxTasksPerUser, host.nproc_hard)};
  if (auto limits = resource_limits(service.limits, host); !limits.empty()) out["resource_limits"] = std::move(limits);
}

Error not_taken(const InstanceSpec& spec, std::string_view what) {
  return error(ErrorCode::failed, "Podman made container {} without {}", spec.name, what)
      .with_hint("this version of Podman ignores the setting; upgrade it, or opt out in podwright.yaml");
}

}  // namespace

std::vector<std::string> HostFacts::limits_missing() const {
  std::vector<std::string> out;
  if (!memory_controller) out.push_back("memory");
  if (!cpu_controller) out.push_back("cpu");
  if (!pids_controller) out.push_back("pids");
  return out;
}

HostFacts host_facts(const json::object& info) {
  const auto& host = object_at(info, "host");
  auto has = [&](std::string_view controller) {
    const auto& list = array_at(host, "cgroupControllers");
    return std::ranges::any_of(list, [&](const json::value& v) { return v.is_string() && v.get_string() == controller; });
  };
  bool v2 = string_at(host, "cgroupVersion") == "v2";
  return {.memory_controller = has("memory"),
          .cpu_controller = has("cpu"),
          .pids_controller = has("pids"),
          .swap_limit = v2 || ::access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0,
          .init = has_init(),
          .nofile_hard = hard_limit(RLIMIT_NOFILE, 1 << 20),
          .nproc_hard = hard_limit(RLIMIT_NPROC, 1 << 20)};
}

Result<json::object> create_spec(const InstanceSpec& spec, const HostFacts& host) {
  const auto& service = spec.service;
  TRY(check_env(service.env));
  json::object out{{"name", spec.name}, {"image", service.image}, {"labels", string_map(spec.labels)}};
  if (!service.command.empty()) out["command"] = json::array(service.command.begin(), service.command.end());
  out["env"] = string_map(service.env);
  out["env_host"] = false;
  out["httpproxy"] = false;
  out["init"] = host.init;
  out["terminal"] = false;
  out["restart_policy"] = "no";
  out["stop_timeout"] = deploy::stop_seconds(service);
  out["image_volume_mode"] = "anonymous";
  out["log_configuration"] = json::object{{"driver", "k8s-file"}, {"size", kLogBytes}};
  add_hardening(out, service, host);
  out["mounts"] = tmpfs_mounts(service);
  out["volumes"] = named_volumes(spec);
  add_network(out, spec);
  return out;
}

Status check_created(const InstanceSpec& spec, const json::object& inspected) {
  const auto& host = object_at(inspected, "HostConfig");
  const auto& service = spec.service;
  auto instance = instance_of(inspected);
  for (const auto& [key, value] : spec.labels)
    if (auto found = instance.labels.find(key); found == instance.labels.end() || found->second != value)
      return fail(not_taken(spec, "its label " + key));
  if (!service.privileges.writable_root && !bool_at(host, "ReadonlyRootfs")) return fail(not_taken(spec, "a read-only root"));
  if (array_at(host, "CapDrop").empty()) return fail(not_taken(spec, "dropping capabilities"));
  const auto& security = array_at(host, "SecurityOpt");
  bool no_new = std::ranges::any_of(security, [](const json::value& v) { return v.is_string() && v.get_string() == "no-new-privileges"; });
  if (!service.privileges.new_privileges && !no_new) return fail(not_taken(spec, "no-new-privileges"));
  std::set<std::string> env;
  for (const auto& entry : array_at(object_at(inspected, "Config"), "Env"))
    if (entry.is_string()) env.emplace(entry.get_string());
  for (const auto& [key, value] : service.env)
    if (!env.contains(key + "=" + value)) return fail(not_taken(spec, "the environment variable " + key));
  if (service.port != 0 && instance.host_port == 0) return fail(not_taken(spec, "a port on 127.0.0.1"));
  return {};
}

}  // namespace podwright::podman
