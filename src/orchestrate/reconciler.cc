#include "orchestrate/reconciler.hh"

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "deploy/plan.hh"
#include "orchestrate/prepare.hh"
#include "orchestrate/rollout.hh"

namespace podwright::orchestrate {

namespace {

// Instances of a deployment that still runs are its own business.
void drop_unfinished(std::vector<Instance>& instances, const std::vector<Deployment>& unfinished, int active_release) {
  std::erase_if(instances, [&](const Instance& instance) {
    if (deploy::label_of(instance.labels, kLabelRelease) == std::to_string(active_release)) return false;
    return std::ranges::any_of(unfinished, [&](const Deployment& deployment) {
      return deployment.id == deploy::label_of(instance.labels, kLabelDeployment);
    });
  });
}

bool has(const deploy::Plan& plan, deploy::StepKind kind) {
  return std::ranges::any_of(plan, [&](const deploy::Step& step) { return step.kind == kind; });
}

}  // namespace

Reconciler::Reconciler(Ports ports, const Settings& settings, Sites& sites, AppLocks& locks)
    : ports_(ports), settings_(settings), sites_(sites), locks_(locks) {}

Reconciler::~Reconciler() { stop(); }

void Reconciler::stop() {
  state_.with([](State& state) { state.stopping = true; });
  thread_.request_stop();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Reconciler::start() {
  TRY(ports_.proxy.ensure_running(TRY(wanted_routes(sites_.here()))));
  state_.with([&](State& state) { state.due = all_keys(); });
  thread_ = std::jthread([this](std::stop_token stop) { loop(stop); });
  return {};
}

void Reconciler::wake(const AppKey& key) {
  state_.with([&](State& state) { state.due.insert(key); });
  changed_.notify_all();
}

void Reconciler::loop(std::stop_token stop) {
  auto state = state_.lock();
  while (!state->stopping) {
    if (state->due.empty()) {
      auto woken = changed_.wait_for(state.lock(), settings_.reconcile_interval,
                                     [&] { return state->stopping || !state->due.empty(); });
      if (!woken) state->due = all_keys();
      continue;
    }
    auto key = *state->due.begin();
    state->due.erase(key);
    state.lock().unlock();
    auto converged = converge(key, Millis(0), stop);
    if (!converged && converged.error().code == ErrorCode::unavailable && settings_.revive_runtime)
      if (auto revived = settings_.revive_runtime(); revived) converged = converge(key, Millis(0), stop);
    if (!converged && converged.error().code != ErrorCode::conflict && converged.error().code != ErrorCode::cancelled)
      log::warn("{}: {}", key.text(), printable(converged.error().text()));
    state.lock().lock();
  }
}

Status Reconciler::converge(const AppKey& key, Millis patience, std::stop_token stop) {
  auto mine = locks_.try_lock(key, patience);
  if (!mine.owns_lock()) return fail(ErrorCode::conflict, "a deployment of {} is being rolled out", key.text());
  auto app = TRY(ports_.store.app(key));
  Status first;
  for (const auto& placement : TRY(sites_.placements(key)))
    if (auto done = converge_at(app, placement, stop); !done && first) first = std::move(done);
  return first;
}

Status Reconciler::converge_at(const App& app, const Placement& placement, std::stop_token stop) {
  auto site = TRY(sites_.at(placement.host));
  if (site.remote) TRY(ensure_proxy(site));
  deploy::Desired desired{.installation = ports_.store.installation(), .key = app.key};
  if (placement.release != 0) {
    auto release = TRY(ports_.store.release(app.key, placement.release));
    desired.service = with_settings(release.service, app.settings);
    desired.deployment = release.deployment;
    desired.release = app.settings.stopped ? 0 : release.number;
  }
  Rollout rollout(site, desired);
  auto instances = TRY(rollout.observe());
  drop_unfinished(instances, TRY(ports_.store.unfinished()), placement.release);
  auto plan = deploy::plan(desired, instances);
  // What exited is the supervisor's (or systemd's), with its backoff; only what is missing is made here.
  bool repair = has(plan, deploy::StepKind::create);
  if (repair) TRY(rollout.start(plan, stop));
  if (repair) TRY(rollout.gate(plan, stop));
  if (placement.release != 0) TRY(rollout.route());
  rollout.retire(plan);
  bool clean = placement.release == 0 && instances.empty();  // what a failed deployment left there is gone
  return clean && !placement.host.empty() ? ports_.store.forget_placement(app.key, placement.host) : Status{};
}

std::set<AppKey> Reconciler::all_keys() {
  std::set<AppKey> keys;
  if (auto apps = ports_.store.apps())
    for (const auto& app : *apps) keys.insert(app.key);
  return keys;
}

}  // namespace podwright::orchestrate
