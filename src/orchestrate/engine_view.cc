// What the engine shows: apps, instances, logs.
#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.hh"
#include "base/text.hh"
#include "orchestrate/impl.hh"
#include "orchestrate/one_off.hh"
#include "orchestrate/rollout.hh"

namespace podwright::orchestrate {

namespace {

std::string status_text(const AppStatus& status, bool deploying, bool unreachable) {
  if (deploying) return "deploying";
  if (status.placements.empty()) return "failed";
  if (status.app.settings.stopped) return "stopped";
  if (status.replicas_ready >= status.replicas_wanted) return "running";
  return unreachable ? "unreachable" : "degraded";
}

InstanceStatus status_of(Instance instance, const std::string& host) {
  InstanceStatus status{
      .host = host,
      .key = {deploy::label_of(instance.labels, kLabelApp), deploy::label_of(instance.labels, kLabelEnvironment)},
      .release = std::atoi(deploy::label_of(instance.labels, kLabelRelease).c_str()),
      .replica = std::atoi(deploy::label_of(instance.labels, kLabelReplica).c_str())};
  status.instance = std::move(instance);
  return status;
}

}  // namespace

Result<std::vector<InstanceStatus>> Engine::Impl::instances_at(const std::string& place, const Labels& labels) {
  auto site = TRY(sites.at(place));
  auto health = site.supervisor ? site.supervisor->snapshot() : std::map<std::string, InstanceHealth>{};
  std::vector<InstanceStatus> all;
  for (auto& instance : TRY(site.ports.runtime.list(labels))) {
    auto status = status_of(std::move(instance), place);
    if (status.key.app.empty()) continue;  // a one-off container
    status.active = status.release != 0 && TRY(placement_at(ports.store, status.key, place)).release == status.release;
    if (auto found = health.find(status.instance.name); found != health.end()) status.health = found->second;
    all.push_back(std::move(status));
  }
  return all;
}

Result<std::vector<InstanceStatus>> Engine::instances(const std::string& app, const std::string& environment) {
  Labels labels{{std::string(kLabelInstallation), store().installation()}};
  if (!app.empty()) labels[std::string(kLabelApp)] = app;
  if (!environment.empty()) labels[std::string(kLabelEnvironment)] = environment;
  std::set<std::string> places{""};
  for (const auto& known : TRY(store().apps()))
    if (app.empty() || known.key.app == app)
      for (const auto& placement : TRY(store().placements(known.key))) places.insert(placement.host);
  std::vector<InstanceStatus> all;
  for (const auto& place : places) {
    auto found = impl_->instances_at(place, labels);
    if (!found && place.empty()) return found;
    if (!found) log::warn("{}: {}", place, printable(found.error().message));  // shown as unreachable
    if (found) all.insert(all.end(), std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
  }
  return all;
}

Result<AppStatus> Engine::app(const AppKey& key) {
  TRY(store().app(key));
  auto all = TRY(apps());
  auto found = std::ranges::find_if(all, [&](const AppStatus& status) { return status.app.key == key; });
  if (found == all.end()) return fail(ErrorCode::not_found, "there is no app '{}'", key.app);
  return *found;
}

Result<std::vector<AppStatus>> Engine::apps() {
  auto running = TRY(instances({}, {}));
  auto unfinished = TRY(store().unfinished());
  std::vector<AppStatus> all;
  for (auto& app : TRY(store().apps())) {
    AppStatus status{.app = app, .placements = TRY(store().placements(app.key))};
    std::erase_if(status.placements, [](const Placement& placement) { return placement.release == 0; });
    for (const auto& placement : status.placements) {
      auto release = TRY(store().release(app.key, placement.release));
      status.domains = release.service.domains;
      if (!app.settings.stopped) status.replicas_wanted += with_settings(release.service, app.settings).replicas;
      if (auto site = impl_->sites.at(placement.host); site && status.url.empty())
        status.url = url_at(*site, app.key, release.service);
    }
    for (const auto& instance : running)
      if (instance.key == app.key && instance.active && instance.instance.state == InstanceState::running &&
          instance.health.healthy)
        ++status.replicas_ready;
    bool deploying = std::ranges::any_of(unfinished, [&](const Deployment& deployment) {
      return AppKey{deployment.app, deployment.environment} == app.key;
    });
    bool unreachable = std::ranges::any_of(status.placements, [&](const Placement& placement) {
      return !placement.host.empty() && std::ranges::none_of(running, [&](const InstanceStatus& instance) {
        return instance.host == placement.host;
      });
    });
    status.status = status_text(status, deploying, unreachable);
    all.push_back(std::move(status));
  }
  return all;
}

Status Engine::logs(const AppKey& key, const LogOptions& options, const LogSink& sink, std::stop_token stop) {
  TRY(store().app(key));
  std::mutex one_at_a_time;  // chunks of several instances never interleave within a line's chunk
  auto guarded = [&](std::string_view chunk) {
    std::scoped_lock guard(one_at_a_time);
    return sink(chunk);
  };
  std::vector<InstanceStatus> active;
  for (auto& instance : TRY(instances(key.app, key.environment)))
    if (instance.active) active.push_back(std::move(instance));
  if (active.empty())
    return fail(ErrorCode::not_found, "{} has no running instance in environment '{}'", key.app, key.environment);
  auto read = [&](const InstanceStatus& instance) -> Status {
    auto site = TRY(impl_->sites.at(instance.host));
    return site.ports.runtime.logs(instance.instance.name, options, guarded, stop);
  };
  if (!options.follow || active.size() == 1) {
    for (const auto& instance : active) TRY(read(instance));
    return {};
  }
  std::vector<std::jthread> followers;
  for (const auto& instance : active) followers.emplace_back([&] { (void)read(instance); });
  return {};
}

Result<int> Engine::run(const AppKey& key, const std::vector<std::string>& argv, const LogSink& sink,
                        std::stop_token stop) {
  if (argv.empty())
    return fail(error(ErrorCode::invalid, "there is no command to run").with_hint("podwright run APP -- CMD"));
  auto release = TRY(impl_->active_release(key));
  deploy::Desired desired{
      .installation = store().installation(), .key = key, .release = release.number, .service = release.service};
  auto placements = TRY(impl_->sites.placements(key));
  auto site = TRY(impl_->sites.at(placements.back().release != 0 ? placements.back().host : std::string()));
  return run_once(site.ports.runtime, desired, argv, sink, stop);
}

}  // namespace podwright::orchestrate
