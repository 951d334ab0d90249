#include "orchestrate/rollout.hh"

#include <algorithm>
#include <functional>

#include "orchestrate/gate.hh"

namespace podwright::orchestrate {

using deploy::StepKind;

namespace {

int replica_of(const Instance& instance) {
  return std::atoi(deploy::label_of(instance.labels, kLabelReplica).c_str());
}

bool is_of_release(const Instance& instance, int release) {
  return deploy::label_of(instance.labels, kLabelRelease) == std::to_string(release);
}

// A container whose start failed keeps its published port bound in Podman: the next try makes a new one.
Status start_or_remove(Runtime& runtime, const std::string& name) {
  auto started = runtime.start(name);
  if (!started) TRY(runtime.remove(name));
  return started;
}

// The host names under which an app is reached everywhere: its .localhost name and its domains.
std::vector<std::string> route_hosts(const AppKey& key, const std::vector<std::string>& domains) {
  std::vector<std::string> hosts{local_host_name(key)};
  for (const auto& domain : domains)
    if (std::ranges::find(hosts, domain) == hosts.end()) hosts.push_back(domain);
  return hosts;
}

// On a server, an app without a domain also answers to the server's own address, unless another app there does.
using Others = std::function<RouteTable()>;
std::vector<std::string> route_hosts_at(const Site& site, const AppKey& key, const std::vector<std::string>& domains, const Others& others) {
  auto hosts = route_hosts(key, domains);
  if (!site.remote || !domains.empty()) return hosts;
  auto address = site.remote->address();
  bool taken = std::ranges::any_of(others(), [&](const auto& entry) {
    return entry.first != key.text() && std::ranges::find(entry.second.hosts, address) != entry.second.hosts.end();
  });
  if (!address.empty() && !taken) hosts.push_back(address);
  return hosts;
}

// What its proxy serves now: a question over SSH.
Others served_at(const Site& site) {
  return [&site] { return site.ports.proxy.observe().value_or(RouteTable{}); };
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

Rollout::Rollout(Site site, deploy::Desired desired) : site_(std::move(site)), desired_(std::move(desired)) {}

Result<std::vector<Instance>> Rollout::observe() const {
  return site_.ports.runtime.list(deploy::app_labels(desired_.installation, desired_.key));
}

Status Rollout::start(const deploy::Plan& plan, std::stop_token stop) const {
  for (int replica = 0; replica < desired_.service.replicas; ++replica) {
    auto spec = deploy::instance_spec(desired_, replica);
    for (const auto& step : plan) {
      if (step.instance != spec.name) continue;
      if (stop.stop_requested()) return fail(ErrorCode::cancelled, "the deployment was cancelled");
      if (step.kind == StepKind::create) TRY(site_.ports.runtime.create(spec));
      if (step.kind == StepKind::start) TRY(start_or_remove(site_.ports.runtime, spec.name));
    }
  }
  return {};
}

Status Rollout::gate(const deploy::Plan& plan, std::stop_token stop) const {
  for (const auto& step : plan)
    if (step.kind == StepKind::gate)
      TRY(wait_until_healthy(site_.ports.runtime, step.instance, desired_.service, stop));
  return {};
}

Status Rollout::route() const {
  RouteSpec spec{.name = desired_.key.text(),
                 .hosts = route_hosts_at(site_, desired_.key, desired_.service.domains, served_at(site_)),
                 .targets = {}};
  auto instances = TRY(observe());
  for (const auto& instance : instances) {
    bool wanted = is_of_release(instance, desired_.release) && replica_of(instance) < desired_.service.replicas;
    if (!wanted) continue;
    if (site_.supervisor) site_.supervisor->watch(instance, desired_.key, desired_.service);
    if (instance.host_port != 0) spec.targets.push_back({instance.name, instance.host_port});
  }
  if (site_.supervisor) spec.targets = healthy_of(std::move(spec.targets), site_.supervisor->snapshot());
  if (desired_.service.port == 0 && desired_.release != 0)
    return site_.ports.proxy.remove_route(spec.name);  // a worker
  return site_.ports.proxy.set_route(spec);
}

void Rollout::retire(const deploy::Plan& plan) const {
  for (const auto& step : plan) {
    if (step.kind != StepKind::retire) continue;
    if (site_.supervisor) site_.supervisor->forget(step.instance);
    site_.retirer.retire(step.instance, desired_.key, desired_.service.drain_timeout, desired_.service.stop_timeout);
  }
}

Status Rollout::discard() const {
  auto instances = TRY(observe());
  for (const auto& instance : instances) {
    if (!is_of_release(instance, desired_.release)) continue;
    if (site_.supervisor) site_.supervisor->forget(instance.name);
    TRY(site_.ports.proxy.release_target(desired_.key.text(), instance.name));
    TRY(site_.ports.runtime.remove(instance.name));
  }
  return {};
}

Result<RouteTable> wanted_routes(const Site& site) {
  auto& store = site.ports.store;
  RouteTable table;
  for (const auto& app : TRY(store.apps())) {
    auto serves = TRY(placement_at(store, app.key, site.host)).release;
    if (serves == 0) continue;
    auto release = TRY(store.release(app.key, serves));
    if (release.service.port == 0) continue;
    RouteSpec spec{.name = app.key.text(), .hosts = route_hosts_at(site, app.key, release.service.domains, [&] { return table; }), .targets = {}};
    for (const auto& instance : TRY(site.ports.runtime.list(deploy::app_labels(store.installation(), app.key))))
      if (is_of_release(instance, serves) && instance.host_port != 0 && !app.settings.stopped)
        spec.targets.push_back({instance.name, instance.host_port});
    table.emplace(spec.name, std::move(spec));
  }
  return table;
}

Status ensure_proxy(const Site& site) {
  if (site.ports.proxy.observe()) return {};
  return site.ports.proxy.ensure_running(TRY(wanted_routes(site)));
}

std::string url_at(const Site& site, const AppKey& key, const Service& service) {
  if (service.port == 0) return "";
  auto hosts = route_hosts_at(site, key, service.domains, served_at(site));
  auto host = hosts.size() > 1 ? hosts[1] : hosts.front();
  auto port = site.ports.proxy.http_port();
  return "http://" + host + (port == 80 ? "" : ":" + std::to_string(port)) + "/";
}

}  // namespace podwright::orchestrate
