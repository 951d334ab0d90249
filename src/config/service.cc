#include <algorithm>

#include "base/text.hh"
#include "config/config.hh"

namespace podwright::config {

namespace {

// A worker answers no probe: it must at least go on running for a moment.
constexpr Millis kWorkerStability = std::chrono::seconds(2);

HealthCheck health_of(const Health& said, int port) {
  HealthCheck check;
  if (port == 0) check.stability = kWorkerStability;
  if (said.kind) check.kind = said.kind->value;
  if (!said.path.empty()) check.path = said.path, check.path_is_explicit = true;
  check.command = said.command;
  if (said.interval) check.interval = said.interval->value;
  if (said.timeout) check.timeout = said.timeout->value;
  if (said.start_period) check.start_period = said.start_period->value;
  if (said.stability) check.stability = said.stability->value;
  if (said.retries) check.retries = said.retries->value;
  if (said.restart) check.restart = said.restart->value;
  return check;
}

Limits limits_of(const AppConfig& config, const Resources& resources) {
  Limits limits{.cpu_millis = resources.cpu_millis, .memory_bytes = resources.memory_bytes};
  if (config.pids) limits.pids = config.pids->value;
  if (config.nofile) limits.nofile = config.nofile->value;
  return limits;
}

// With a Dockerfile the image's command is the author's; only what podwright.yaml says replaces it (see apply()).
std::vector<std::string> command_of(const AppConfig& config, const BuildPlan& plan) {
  if (plan.runtime != RuntimeKind::containerfile || !config.start_command) return {};
  auto words = split_words(config.start_command->value);
  return {words.begin(), words.end()};
}

}  // namespace

Service make_service(const AppConfig& config, const BuildPlan& plan, const std::string& app) {
  Service service;
  service.name = app;
  service.command = command_of(config, plan);
  service.env = config.env;
  service.port = plan.port;
  if (plan.port > 0) service.env.try_emplace("PORT", std::to_string(plan.port));
  if (config.replicas) service.replicas = config.replicas->value;
  service.health = health_of(config.health, plan.port);
  service.limits = limits_of(config, plan.resources);
  service.privileges = config.privileges;
  service.volumes = config.volumes;
  for (const auto& path : config.tmpfs)
    if (std::ranges::find(service.tmpfs, path) == service.tmpfs.end()) service.tmpfs.push_back(path);
  service.domains = config.domains;
  if (config.stop_timeout) service.stop_timeout = config.stop_timeout->value;
  if (config.drain_timeout) service.drain_timeout = config.drain_timeout->value;
  return service;
}

}  // namespace podwright::config
