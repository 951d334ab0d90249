// What the engine shows: apps, instances, logs.
#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "orchestrate/impl.hh"
#include "orchestrate/one_off.hh"
#include "orchestrate/rollout.hh"

namespace podwright::orchestrate {

namespace {

std::string status_text(const AppStatus& status, bool deploying) {
  if (deploying) return "deploying";
  if (status.app.active_release == 0) return "failed";
  if (status.app.settings.stopped) return "stopped";
  return status.replicas_ready >= status.replicas_wanted ? "running" : "degraded";
}

}  // namespace

Result<std::vector<InstanceStatus>> Engine::instances(const std::string& app, const std::string& environment) {
  Labels labels{{std::string(kLabelInstallation), store().installation()}};
  if (!app.empty()) labels[std::string(kLabelApp)] = app;
  if (!environment.empty()) labels[std::string(kLabelEnvironment)] = environment;
  auto health = impl_->supervisor.snapshot();
  std::map<AppKey, int> active;
  for (const auto& known : TRY(store().apps())) active[known.key] = known.active_release;
  std::vector<InstanceStatus> all;
  for (auto& instance : TRY(impl_->ports.runtime.list(labels))) {
    InstanceStatus status{.key = {deploy::label_of(instance.labels, kLabelApp), deploy::label_of(instance.labels, kLabelEnvironment)},
                          .release = std::atoi(deploy::label_of(instance.labels, kLabelRelease).c_str()),
                          .replica = std::atoi(deploy::label_of(instance.labels, kLabelReplica).c_str())};
    status.active = status.release != 0 && active[status.key] == status.release;
    if (status.key.app.empty()) continue;  // a one-off container
    if (auto found = health.find(instance.name); found != health.end()) status.health = found->second;
    status.instance = std::move(instance);
    all.push_back(std::move(status));
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
    AppStatus status{.app = app};
    if (app.active_release != 0) {
      auto release = TRY(store().release(app.key, app.active_release));
      status.domains = release.service.domains;
      status.replicas_wanted = app.settings.stopped ? 0 : with_settings(release.service, app.settings).replicas;
      if (release.service.port != 0) status.url = route_url(app.key, status.domains, http_port());
    }
    for (const auto& instance : running)
      if (instance.key == app.key && instance.active && instance.instance.state == InstanceState::running && instance.health.healthy) ++status.replicas_ready;
    bool deploying = std::ranges::any_of(unfinished, [&](const Deployment& deployment) { return AppKey{deployment.app, deployment.environment} == app.key; });
    status.status = status_text(status, deploying);
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
  std::vector<std::string> names;
  for (const auto& instance : TRY(instances(key.app, key.environment)))
    if (instance.active) names.push_back(instance.instance.name);
  if (names.empty()) return fail(ErrorCode::not_found, "{} has no running instance in environment '{}'", key.app, key.environment);
  if (!options.follow || names.size() == 1) {
    for (const auto& name : names) TRY(impl_->ports.runtime.logs(name, options, guarded, stop));
    return {};
  }
  std::vector<std::jthread> followers;
  for (const auto& name : names)
    followers.emplace_back([&, name] { (void)impl_->ports.runtime.logs(name, options, guarded, stop); });
  return {};
}

Result<int> Engine::run(const AppKey& key, const std::vector<std::string>& argv, const LogSink& sink, std::stop_token stop) {
  if (argv.empty()) return fail(error(ErrorCode::invalid, "there is no command to run").with_hint("podwright run APP -- CMD"));
  auto release = TRY(impl_->active_release(key));
  deploy::Desired desired{.installation = store().installation(), .key = key, .release = release.number, .service = release.service};
  return run_once(impl_->ports.runtime, desired, argv, sink, stop);
}

}  // namespace podwright::orchestrate
