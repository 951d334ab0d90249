#include "orchestrate/rollout.hh"

#include <algorithm>

#include "orchestrate/gate.hh"

namespace podwright::orchestrate {

using deploy::StepKind;

namespace {

int replica_of(const Instance& instance) { return std::atoi(deploy::label_of(instance.labels, kLabelReplica).c_str()); }

bool is_of_release(const Instance& instance, int release) {
  return deploy::label_of(instance.labels, kLabelRelease) == std::to_string(release);
}

// A container whose start failed keeps its published port bound in Podman: the next try makes a new one.
Status start_or_remove(Runtime& runtime, const std::string& name) {
  auto started = runtime.start(name);
  if (!started) TRY(runtime.remove(name));
  return started;
}

// A replica that stopped answering gets no requests while another one answers.
std::vector<Target> healthy_of(std::vector<Target> targets, const std::map<std::string, InstanceHealth>& health) {
  auto is_unhealthy = [&](const Target& target) {
    auto found = health.find(target.name);
    return found != health.end() && !found->second.healthy;
  };
  if (!std::ranges::all_of(targets, is_unhealthy)) std::erase_if(targets, is_unhealthy);
  return targets;
}

}  // namespace

Rollout::Rollout(Ports ports, Supervisor& supervisor, Retirer& retirer, deploy::Desired desired)
    : ports_(ports), supervisor_(supervisor), retirer_(retirer), desired_(std::move(desired)) {}

Result<std::vector<Instance>> Rollout::observe() const {
  return ports_.runtime.list(deploy::app_labels(desired_.installation, desired_.key));
}

Status Rollout::start(const deploy::Plan& plan, std::stop_token stop) const {
  for (int replica = 0; replica < desired_.service.replicas; ++replica) {
    auto spec = deploy::instance_spec(desired_, replica);
    for (const auto& step : plan) {
      if (step.instance != spec.name) continue;
      if (stop.stop_requested()) return fail(ErrorCode::cancelled, "the deployment was cancelled");
      if (step.kind == StepKind::create) TRY(ports_.runtime.create(spec));
      if (step.kind == StepKind::start) TRY(start_or_remove(ports_.runtime, spec.name));
    }
  }
  return {};
}

Status Rollout::gate(const deploy::Plan& plan, std::stop_token stop) const {
  for (const auto& step : plan)
    if (step.kind == StepKind::gate) TRY(wait_until_healthy(ports_.runtime, step.instance, desired_.service, stop));
  return {};
}

Status Rollout::route(const std::vector<std::string>& hosts) const {
  RouteSpec spec{.name = desired_.key.text(), .hosts = hosts, .targets = {}};
  auto instances = TRY(observe());
  for (const auto& instance : instances) {
    bool wanted = is_of_release(instance, desired_.release) && replica_of(instance) < desired_.service.replicas;
    if (!wanted) continue;
    supervisor_.watch(instance, desired_.key, desired_.service);
    if (instance.host_port != 0) spec.targets.push_back({instance.name, instance.host_port});
  }
  spec.targets = healthy_of(std::move(spec.targets), supervisor_.snapshot());
  if (desired_.service.port == 0 && desired_.release != 0) return ports_.proxy.remove_route(spec.name);  // a worker
  return ports_.proxy.set_route(spec);
}

void Rollout::retire(const deploy::Plan& plan) const {
  for (const auto& step : plan) {
    if (step.kind != StepKind::retire) continue;
    supervisor_.forget(step.instance);
    retirer_.retire(step.instance, desired_.key, desired_.service.drain_timeout, desired_.service.stop_timeout);
  }
}

Status Rollout::discard() const {
  auto instances = TRY(observe());
  for (const auto& instance : instances) {
    if (!is_of_release(instance, desired_.release)) continue;
    supervisor_.forget(instance.name);
    TRY(ports_.proxy.release_target(desired_.key.text(), instance.name));
    TRY(ports_.runtime.remove(instance.name));
  }
  return {};
}

std::vector<std::string> route_hosts(const AppKey& key, const std::vector<std::string>& domains) {
  std::vector<std::string> hosts{local_host_name(key)};
  for (const auto& domain : domains)
    if (std::ranges::find(hosts, domain) == hosts.end()) hosts.push_back(domain);
  return hosts;
}

std::string route_url(const AppKey& key, const std::vector<std::string>& domains, int http_port) {
  auto host = domains.empty() ? local_host_name(key) : domains.front();
  return "http://" + host + (http_port == 80 ? "" : ":" + std::to_string(http_port)) + "/";
}

}  // namespace podwright::orchestrate
