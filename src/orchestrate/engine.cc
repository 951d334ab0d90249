#include "orchestrate/engine.hh"

#include <algorithm>

#include "base/fs.hh"
#include "base/ids.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "model/name.hh"
#include "orchestrate/impl.hh"
#include "orchestrate/rollout.hh"
#include "orchestrate/split.hh"

namespace podwright::orchestrate {

namespace {

using namespace std::chrono_literals;

// "a/b/shop.tar.gz", "https://host/team/shop.git" → "shop"
std::string name_of(std::string_view location) {
  while (location.ends_with('/')) location.remove_suffix(1);
  auto last = location.substr(location.find_last_of("/:") + 1);
  for (std::string_view ending : {".git", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar", ".zip"})
    if (last.size() > ending.size() && last.ends_with(ending)) last.remove_suffix(ending.size());
  return to_app_name(last);
}

// "https://user:token@host/x" → "https://host/x"
std::string without_credentials(const std::string& location) {
  auto scheme = location.find("://");
  auto at = location.find('@', scheme == location.npos ? 0 : scheme);
  auto slash = location.find('/', scheme == location.npos ? 0 : scheme + 3);
  if (scheme == location.npos || at == location.npos || at > slash) return location;
  return location.substr(0, scheme + 3) + location.substr(at + 1);
}

// The name: what the user says, else podwright.yaml's, else the source's.
Status name_app(DeployRequest& request) {
  if (!request.app.empty()) return {};
  auto file = fs::path(request.location) / request.path / config::kFileName;
  if (auto text = read_file(file, 1 << 20)) {
    auto config = TRY(config::parse(*text));
    if (config.name) request.app = config.name->value;
  }
  if (request.app.empty())
    request.app = name_of(request.path.empty() || request.path == "." ? request.location : request.path);
  return check_app_name(request.app);
}

Status check_source(const DeployRequest& request) {
  if (request.location.empty())
    return fail(
        error(ErrorCode::invalid, "a deployment needs a source").with_hint("podwright deploy PATH or a git URL"));
  auto kind = TRY(classify(request.location));
  std::error_code ignored;
  if (kind != SourceKind::git && !fs::exists(request.location, ignored))
    return fail(ErrorCode::not_found, "there is no {}", printable(request.location));
  return {};
}

// Servers are known by name from here on; an unknown one is refused before anything happens.
Status name_hosts(Hosts* hosts, DeployRequest& request) {
  if (!request.host_labels.empty()) {
    if (!hosts) return fail(ErrorCode::not_found, "there are no hosts");
    for (auto& name : TRY(hosts->labelled(request.host_labels))) request.hosts.push_back(std::move(name));
    request.host_labels.clear();
  }
  for (const auto& host : request.hosts) {
    if (place_of_host(host).empty()) continue;  // this machine
    if (!hosts) return fail(ErrorCode::not_found, "there is no host '{}'", host);
    TRY(hosts->host(host));
  }
  return {};
}

}  // namespace

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;
build::Builder& Engine::builder() {
  return impl_->ports.builder;
}
Store& Engine::store() {
  return impl_->ports.store;
}
const Settings& Engine::settings() const {
  return impl_->settings;
}
int Engine::http_port() const {
  return impl_->ports.proxy.http_port();
}

Result<std::unique_ptr<Engine>> Engine::start(Ports ports, Settings settings) {
  auto impl = std::make_unique<Impl>(ports, std::move(settings));
  std::error_code ignored;
  fs::remove_all(impl->settings.state_dir / "work", ignored);  // scratch of a daemon that died
  TRY(impl->reconciler.start());
  impl->workers = std::make_unique<Workers>(impl->ports, impl->settings, Crew{impl->sites, impl->locks});
  ports.store.on_change([workers = impl->workers.get()] { workers->wake(); });
  impl->workers->wake();
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Result<Deployment> Engine::submit(DeployRequest request, const std::string& idempotency_key) {
  if (request.kind != DeploymentKind::rollback) TRY(check_source(request));
  TRY(name_app(request));
  TRY(name_hosts(impl_->ports.hosts, request));
  auto free = free_bytes(impl_->settings.state_dir);
  if (free >= 0 && free < impl_->settings.min_free_bytes)
    return fail(error(ErrorCode::exhausted, "only {} are free on the disk of {}", format_bytes(free),
                      impl_->settings.state_dir.native())
                    .with_hint("podwright gc frees what no kept release needs; running applications go on"));
  auto shown = request.kind == DeploymentKind::rollback ? "release " + std::to_string(request.to_release)
                                                        : without_credentials(request.location);
  return impl_->ports.store.submit(request, shown, idempotency_key);
}

Result<DryRun> Engine::dry_run(DeployRequest request) {
  TRY(check_source(request));
  TRY(name_app(request));
  auto scratch = TRY(TempDir::make("podwright-dry-run"));
  auto source = TRY(fetch({request.location, request.ref, request.path}, scratch.path(), {}, [](std::string_view) {}));
  auto prepared = TRY(prepare(source, request));
  auto parts = TRY(split(source, prepared, request));
  if (parts.empty()) return impl_->dry_run(source, prepared, request);
  DryRun all{.analysis = std::move(prepared.analysis), .containerfile = {}, .steps = {}};
  for (const auto& part : parts) {
    source.path = part.path;
    auto one = TRY(impl_->dry_run(source, TRY(prepare(source, part)), part));
    for (const auto& step : one.steps) all.steps.push_back(part.app + ": " + step);
    all.containerfile += "# " + part.app + "\n" + one.containerfile;
  }
  return all;
}

Result<DryRun> Engine::Impl::dry_run(const Source& source, const Prepared& prepared, const DeployRequest& request) {
  AppKey key{request.app, request.environment};
  auto app = ports.store.app(key);
  auto kept = app ? app->settings : AppSettings{};
  deploy::Desired desired{
      .installation = ports.store.installation(), .key = key, .release = TRY(ports.store.next_release_number(key))};
  desired.service = with_settings(TRY(make_service(prepared, request, kept)), kept);
  auto observed = TRY(ports.runtime.list(deploy::app_labels(desired.installation, key)));
  DryRun answer{
      .analysis = prepared.analysis, .containerfile = {}, .steps = deploy::describe(deploy::plan(desired, observed))};
  answer.containerfile = TRY(containerfile_text(source, prepared.plan, request.app));
  return answer;
}

Status Engine::cancel(const std::string& deployment) {
  TRY(impl_->ports.store.request_cancel(deployment));
  impl_->workers->cancel(deployment);
  return {};
}

Result<Deployment> Engine::rollback(const AppKey& key, int to_release) {
  auto app = TRY(impl_->ports.store.app(key));
  if (to_release == 0) to_release = TRY(previous_release(TRY(impl_->ports.store.releases(key)), app.active_release));
  TRY(impl_->ports.store.release(key, to_release));
  return submit(
      {.kind = DeploymentKind::rollback, .app = key.app, .environment = key.environment, .to_release = to_release}, {});
}

Result<Deployment> Engine::restart(const AppKey& key) {
  auto release = TRY(impl_->active_release(key));
  return rollback(key, release.number);
}

Status Engine::Impl::change_settings(const AppKey& key, const std::function<void(AppSettings&)>& change) {
  auto app = TRY(ports.store.app(key));
  change(app.settings);
  TRY(ports.store.save_settings(key, app.settings));
  return reconciler.converge(key, 30s, {});
}

Status Engine::scale(const AppKey& key, int replicas) {
  if (replicas < 1 || replicas > 100)
    return fail(error(ErrorCode::invalid, "{} is not a number of replicas between 1 and 100", replicas)
                    .with_hint("podwright stop APP stops it"));
  return impl_->change_settings(key, [&](AppSettings& settings) { settings.replicas = replicas; });
}

Status Engine::stop(const AppKey& key) {
  return impl_->change_settings(key, [](AppSettings& settings) { settings.stopped = true; });
}

Status Engine::resume(const AppKey& key) {
  return impl_->change_settings(key, [](AppSettings& settings) { settings.stopped = false; });
}

Result<Release> Engine::Impl::active_release(const AppKey& key) {
  auto app = TRY(ports.store.app(key));
  if (app.active_release == 0)
    return fail(error(ErrorCode::not_found, "{} has no release in environment '{}' yet", key.app, key.environment)
                    .with_hint("podwright deploy makes the first one"));
  return ports.store.release(key, app.active_release);
}

Status Engine::Impl::wait_for_deployments(const AppKey& key, Deadline deadline) {
  for (auto seen = ports.store.last_event();; seen = ports.store.last_event()) {
    auto unfinished = TRY(ports.store.unfinished());
    std::erase_if(unfinished,
                  [&](const Deployment& deployment) { return AppKey{deployment.app, deployment.environment} != key; });
    if (unfinished.empty()) return {};
    if (deadline.passed()) return fail(ErrorCode::timeout, "deployment {} did not end in time", unfinished.front().id);
    ports.store.wait_for_events(seen, deadline.sooner(1s));
  }
}

// Unless another environment of the app still lives.
Status Engine::Impl::remove_images_of(const std::string& app) {
  for (const auto& other : TRY(ports.store.apps()))
    if (other.key.app == app) return {};
  Labels labels{{std::string(kLabelInstallation), ports.store.installation()}, {std::string(kLabelApp), app}};
  for (const auto& image : TRY(ports.runtime.images(labels))) TRY(ports.runtime.remove_image(image.id));
  return {};
}

Status Engine::Impl::remove_at(const AppKey& key, const std::string& place, bool volumes) {
  auto site = TRY(sites.at(place));
  if (site.remote) TRY(ensure_proxy(site));
  TRY(site.ports.proxy.remove_route(key.text()));
  auto labels = deploy::app_labels(ports.store.installation(), key);
  for (const auto& instance : TRY(site.ports.runtime.list(labels))) {
    if (site.supervisor) site.supervisor->forget(instance.name);
    TRY(site.ports.runtime.remove(instance.name));
  }
  TRY(site.ports.runtime.remove_app(labels, volumes));
  return ports.store.forget_placement(key, place);
}

Status Engine::destroy(const AppKey& key, bool volumes, const std::string& host) {
  auto& store = impl_->ports.store;
  auto unfinished = TRY(store.unfinished());
  bool known = store.app(key).has_value();
  for (const auto& deployment : unfinished)
    if (AppKey{deployment.app, deployment.environment} == key) known = true, (void)cancel(deployment.id);
  if (!known) TRY(store.app(key));  // says not_found
  TRY(impl_->wait_for_deployments(key, Deadline::in(30s)));
  auto mine = impl_->locks.lock(key);
  auto place = place_of_host(host);
  auto placements = TRY(impl_->sites.placements(key));
  if (!host.empty()) std::erase_if(placements, [&](const Placement& placement) { return placement.host != place; });
  if (placements.empty()) return fail(ErrorCode::not_found, "{} does not run on {}", key.app, printable(host));
  for (const auto& placement : placements) TRY(impl_->remove_at(key, placement.host, volumes));
  if (!TRY(store.placements(key)).empty()) return {};
  TRY(store.forget_app(key));
  mine.unlock();
  // The app is gone; an image that cannot be removed now is no reason to fail.
  if (auto removed = impl_->remove_images_of(key.app); !removed) log::warn("{}", printable(removed.error().text()));
  return {};
}

}  // namespace podwright::orchestrate
