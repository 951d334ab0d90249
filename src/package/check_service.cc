// A service that somebody else described.
#include <algorithm>

#include "base/text.hh"
#include "model/name.hh"
#include "package/description.hh"

namespace podwright::package {

namespace {

constexpr size_t kMaxWord = 128 << 10;
constexpr size_t kMaxItems = 1000;
constexpr int kMaxReplicas = 100;
constexpr Millis kLongest = std::chrono::hours(24);

Status refuse(std::string_view what) {
  return fail(ErrorCode::invalid, "the package's service has {}", what);
}

Status check_words(const std::vector<std::string>& words, std::string_view what) {
  bool is_fine = words.size() <= kMaxItems && std::ranges::all_of(words, [](const std::string& word) {
                   return word.size() < kMaxWord && !word.contains('\0');
                 });
  return is_fine ? Status() : refuse(what);
}

bool is_absolute(const std::string& path) {
  return path.size() > 1 && path.size() <= 4096 && path[0] == '/' && printable(path) == path;
}

Status check_environment(const Service& service) {
  if (service.env.size() + service.secret_env.size() > kMaxItems) return refuse("too many variables");
  for (const auto& [key, value] : service.env) {
    TRY(check_env_key(key));
    TRY(check_env_value(value));
  }
  for (const auto& key : service.secret_env) TRY(check_env_key(key));
  return {};
}

Status check_storage(const Service& service) {
  if (service.volumes.size() > kMaxItems || service.tmpfs.size() > kMaxItems) return refuse("too many volumes");
  for (const auto& volume : service.volumes) {
    TRY(check_volume_name(volume.name));
    if (!is_absolute(volume.target)) return refuse("a volume with an unusable path");
  }
  return std::ranges::all_of(service.tmpfs, is_absolute) ? Status()
                                                         : refuse("a temporary folder with an unusable path");
}

Status check_health(const HealthCheck& health) {
  for (auto time : {health.interval, health.timeout, health.start_period, health.stability})
    if (time < Millis(0) || time > kLongest) return refuse("a health check with an unusable time");
  if (health.retries < 1 || health.retries > 1000) return refuse("a health check with unusable retries");
  if (!health.path.starts_with('/') || health.path.size() > 4096 || printable(health.path) != health.path)
    return refuse("a health check with an unusable path");
  return check_words(health.command, "a health check with an unusable command");
}

Status check_capabilities(const std::vector<std::string>& names) {
  auto is_name = [](const std::string& name) {
    return !name.empty() && name.size() <= 40 && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == name.npos;
  };
  return names.size() <= 64 && std::ranges::all_of(names, is_name) ? Status() : refuse("an unusable capability");
}

Status check_numbers(const Service& service) {
  const auto& limits = service.limits;
  if (limits.cpu_millis < 0 || limits.memory_bytes < 0 || limits.pids < 0 || limits.nofile < 0)
    return refuse("a negative limit");
  for (auto time : {service.stop_timeout, service.drain_timeout})
    if (time < Millis(0) || time > kLongest) return refuse("an unusable timeout");
  if (service.replicas < 1 || service.replicas > kMaxReplicas) return refuse("an unusable number of replicas");
  return service.port == 0 ? Status() : check_port(service.port);
}

}  // namespace

Status check_service(const Service& service) {
  TRY(check_app_name(service.name));
  TRY(check_words(service.command, "an unusable command"));
  TRY(check_environment(service));
  TRY(check_storage(service));
  TRY(check_health(service.health));
  TRY(check_capabilities(service.privileges.capabilities));
  for (const auto& domain : service.domains) TRY(check_domain(domain));
  return check_numbers(service);
}

}  // namespace podwright::package
