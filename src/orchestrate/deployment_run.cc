#include "orchestrate/deployment_run.hh"

#include <algorithm>
#include <random>

#include "base/fs.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "deploy/plan.hh"
#include "orchestrate/checkpoint.hh"
#include "orchestrate/one_off.hh"
#include "orchestrate/prepare.hh"
#include "orchestrate/split.hh"

namespace podwright::orchestrate {

namespace {

// 1 s, 2 s, 4 s … and up to half as much again, so that many that failed together do not come back together.
Millis retry_delay(int attempts) {
  static thread_local std::mt19937 random{std::random_device{}()};
  auto base = 1000L << std::min(attempts - 1, 5);
  return Millis(base + std::uniform_int_distribution<long>(0, base / 2)(random));
}

}  // namespace

DeploymentRun::DeploymentRun(Ports ports, const Settings& settings, Crew crew, Claim claim, std::stop_token stop)
    : ports_(ports),
      settings_(settings),
      crew_(crew),
      claim_(std::move(claim)),
      stop_(std::move(stop)),
      timings_(claim_.deployment.timings),
      phase_(claim_.deployment.phase) {}

void DeploymentRun::execute(const std::function<bool()>& shutting_down) {
  auto done = advance();
  std::error_code ignored;
  fs::remove_all(scratch(), ignored);
  if (!done && done.error().code == ErrorCode::cancelled && shutting_down()) {
    if (auto later = ports_.store.retry_later(claim_.lease, now()); !later) log::warn("{}", later.error().text());
    return;
  }
  if (!done) conclude(done.error());
}

// The story of a deployment.
Status DeploymentRun::advance() {
  if (is_final(phase_) && phase_ != Phase::failed)
    return ports_.store.finish(claim_.lease);                    // it died just before that
  if (phase_ == Phase::failed || phase_ == Phase::rolling_back)  // the daemon died while it was undoing this one
    return fail(claim_.deployment.error.value_or(Error{ErrorCode::failed, "the deployment failed"}));
  if (phase_ != Phase::queued) TRY(enter(Phase::queued, "continued after a restart"));
  if (auto app = ports_.store.app(key())) app_settings_ = app->settings;
  if (claim_.request.kind == DeploymentKind::rollback) {
    TRY(roll_back_release());
  } else {
    TRY(analyze());
    if (auto parts = TRY(split(source_, prepared_, claim_.request)); !parts.empty()) return hand_over(parts);
    TRY(build());
    if (claim_.request.kind == DeploymentKind::build) {
      TRY(enter(Phase::built));
      return ports_.store.finish(claim_.lease);
    }
    TRY(prepare_release());
  }
  auto mine = crew_.locks.lock(key());
  TRY(provision());
  return roll_out();
}

Status DeploymentRun::analyze() {
  TRY(enter(Phase::analyzing));
  Stopwatch watch;
  log_ = TRY(BuildLog::open(settings_.state_dir, claim_.deployment.id));
  TRY(make_directories(scratch()));
  source_ = TRY(podwright::fetch({claim_.request.location, claim_.request.ref, claim_.request.path}, scratch(), stop_,
                                 [this](std::string_view line) { log_->write(std::string(line) + "\n"); }));
  prepared_ = TRY(prepare(source_, claim_.request));
  for (const auto& loss : prepared_.config.losses)
    log_->write("warning: " + printable(loss.origin + ": " + loss.field + ": " + loss.reason) + "\n");
  for (const auto& warning : prepared_.plan.warnings) log_->write("warning: " + printable(warning) + "\n");
  timings_.analyze_ms = watch.elapsed().count();
  return save({.git_sha = source_.commit, .timings = timings_});
}

// The keys make it idempotent, and lead from here to the parts.
Status DeploymentRun::hand_over(const std::vector<DeployRequest>& parts) {
  std::string names;
  for (const auto& part : parts) {
    TRY(ports_.store.submit(part, claim_.deployment.source, claim_.deployment.id + "/" + part.path));
    names += (names.empty() ? "" : ", ") + part.app;
  }
  TRY(enter(Phase::split, names));
  return ports_.store.finish(claim_.lease);
}

Status DeploymentRun::build() {
  const auto& plan = prepared_.plan;
  TRY(enter(Phase::building, plan.language + (plan.framework.empty() ? "" : ", " + plan.framework)));
  Stopwatch watch;
  auto log = [this](std::string_view text) { log_->write(text); };
  auto request = build_request(key(), claim_.deployment.id, ports_.store.installation(), source_, prepared_,
                               claim_.request, app_settings_);
  TRY(ports_.builder.prepare_bases(plan, log, stop_));
  auto image = TRY(ports_.builder.build(request, log, stop_));
  timings_.build_ms = watch.elapsed().count();
  release_.service.image = image.id;
  return save(
      {.image = image.reference.substr(0, image.reference.rfind(':')) + "@" + image.digest, .timings = timings_});
}

Status DeploymentRun::prepare_release() {
  auto image = release_.service.image;
  release_.service = TRY(make_service(prepared_, claim_.request, app_settings_));
  release_.service.image = image;
  release_.git_sha = source_.commit;
  return {};
}

Status DeploymentRun::roll_back_release() {
  auto app = TRY(ports_.store.app(key()));
  auto number = claim_.request.to_release;
  if (number == 0) number = TRY(previous_release(TRY(ports_.store.releases(key())), app.active_release));
  release_ = TRY(ports_.store.release(key(), number));
  auto image = TRY(ports_.runtime.image(release_.service.image));
  release_.note =
      number == app.active_release ? "restart of " + std::to_string(number) : "rollback to " + std::to_string(number);
  return save({.git_sha = release_.git_sha, .image = image.digest.empty() ? image.id : image.digest});
}

Status DeploymentRun::provision() {
  TRY(enter(Phase::provisioning));
  TRY(check_not_stopped());
  release_.key = key();
  release_.deployment = claim_.deployment.id;
  release_.number = claim_.deployment.release;
  if (release_.number == 0) release_.number = TRY(ports_.store.next_release_number(key()));
  TRY(save({.release = release_.number}));
  claim_.deployment.release = release_.number;
  TRY(ports_.store.save_release(release_));
  TRY(find_places());
  TRY(rollout().ship(places_, stop_));
  return run_release_command();
}

// Migrations run once a release, before any of its instances; never for a rollback, which has no plan.
Status DeploymentRun::run_release_command() {
  const auto& command = prepared_.plan.release_command;
  if (command.empty()) return {};
  log_->write("release command: " + printable(command) + "\n");
  deploy::Desired desired{ports_.store.installation(), key(), release_.number, claim_.deployment.id, release_.service};
  std::vector<std::string> argv{"/bin/sh", "-c", command};  // the developer's own command line, in the container
  auto first = TRY(crew_.sites.at(places_.front()));
  auto code = TRY(run_once(
      first.ports.runtime, desired, argv, [this](std::string_view chunk) { return log_->write(chunk), true; }, stop_));
  if (code == 0) return {};
  return fail(error(ErrorCode::failed, "the release command exited with code {}", code)
                  .with_hint("podwright logs --build " + claim_.deployment.id + " shows what it printed"));
}

Status DeploymentRun::roll_out() {
  TRY(enter(Phase::deploying, "release " + std::to_string(release_.number)));
  auto& going = rollout();
  for (const auto& batch : batches(places_, claim_.request.batch)) {
    TRY(going.make_ready(batch, stop_));
    if (phase_ != Phase::healthy) TRY(enter(Phase::healthy));
    TRY(check_not_stopped());
    TRY(ports_.store.save_settings(key(), settings_after(app_settings_, claim_.request)));
    TRY(going.switch_traffic(batch));
  }
  timings_.start_ms = going.timings().start_ms;
  timings_.health_ms = going.timings().health_ms;
  timings_.route_ms = going.timings().route_ms;
  auto ip = places_.front().empty() ? "127.0.0.1" : TRY(crew_.sites.at(places_.front())).remote->address();
  TRY(ports_.store.expose(claim_.lease, release_,
                          {.phase = Phase::exposed, .url = going.url(places_.front()), .ip = ip, .timings = timings_}));
  checkpoint("EXPOSED");
  return {};
}

void DeploymentRun::conclude(const Error& problem) {
  bool lost = problem.code == ErrorCode::conflict && !ports_.store.renew(claim_.lease, settings_.lease);
  if (lost) return log::warn("deployment {}: {}", claim_.deployment.id, problem.message);
  if (problem.code == ErrorCode::unavailable && settings_.revive_runtime)
    if (auto revived = settings_.revive_runtime(); !revived) log::warn("{}", printable(revived.error().text()));
  if (may_retry(problem)) {
    auto delay = retry_delay(claim_.deployment.attempts);
    log::info("deployment {} is tried again in {} ms: {}", claim_.deployment.id, delay.count(),
              printable(problem.message));
    if (ports_.store.retry_later(claim_.lease, now() + delay)) return;
  }
  undo(problem);
}

bool DeploymentRun::may_retry(const Error& problem) const {
  return is_transient(problem.code) && claim_.deployment.attempts < settings_.max_attempts &&
         can_move(phase_, Phase::queued);
}

// Ends the deployment: what it made is removed, what served before goes on serving.
void DeploymentRun::undo(const Error& problem) {
  bool cancelled = problem.code == ErrorCode::cancelled && can_move(phase_, Phase::cancelled);
  bool made_instances = claim_.deployment.release != 0;
  auto ended = [&]() -> Status {
    if (cancelled) {
      if (made_instances) TRY(clean_up());
      TRY(enter(Phase::cancelled));
      return ports_.store.finish(claim_.lease);
    }
    if (phase_ != Phase::failed && phase_ != Phase::rolling_back) {
      TRY(save({.phase = Phase::failed, .error = problem}));
      phase_ = Phase::failed;
      checkpoint("FAILED");
    }
    auto app = ports_.store.app(key());
    TRY(find_places());
    bool stays = !undoes_switched() && TRY(serves_somewhere());
    bool has_old = made_instances && app && app->active_release != 0 &&
                   app->active_release != claim_.deployment.release && !stays;
    if (has_old) TRY(enter(Phase::rolling_back));
    if (made_instances) TRY(clean_up());
    if (has_old) TRY(enter(Phase::rolled_back, "release " + std::to_string(app->active_release) + " serves as before"));
    return ports_.store.finish(claim_.lease);
  }();
  if (!ended) log::error("deployment {} could not be ended: {}", claim_.deployment.id, printable(ended.error().text()));
}

// A run that died may not know where it went.
Status DeploymentRun::find_places() {
  if (places_.empty()) places_ = places_for(claim_.request.hosts, TRY(ports_.store.placements(key())));
  return {};
}

Result<bool> DeploymentRun::serves_somewhere() {
  auto placements = TRY(ports_.store.placements(key()));
  return std::ranges::any_of(placements, [&](const Placement& placement) { return placement.release == claim_.deployment.release; });
}

// What serves goes on serving: the traffic goes back where it was (the switch may have happened already).
Status DeploymentRun::clean_up() {
  TRY(find_places());
  TRY(rollout().take_back(places_, undoes_switched()));
  return TRY(serves_somewhere()) ? Status{} : ports_.store.forget_release(key(), claim_.deployment.release);
}

Status DeploymentRun::enter(Phase phase, const std::string& message) {
  if (!is_final(phase) && phase != Phase::rolling_back) TRY(check_not_stopped());
  TRY(ports_.store.renew(claim_.lease, settings_.lease));
  if (phase != phase_) TRY(ports_.store.record(claim_.lease, {.phase = phase}, message));
  phase_ = phase;
  checkpoint(name(phase));
  return {};
}

Status DeploymentRun::save(Progress progress) {
  return ports_.store.record(claim_.lease, progress);
}

Status DeploymentRun::check_not_stopped() const {
  if (stop_.stop_requested()) return fail(ErrorCode::cancelled, "the deployment was cancelled");
  return {};
}

ReleaseRollout& DeploymentRun::rollout() {
  if (rollout_) return *rollout_;
  auto release = release_;
  release.key = key();
  release.number = claim_.deployment.release;
  release.deployment = claim_.deployment.id;
  auto reference = "localhost/" + key().app + ":" + std::to_string(release.number);
  return rollout_.emplace(crew_.sites, ports_.store, claim_.lease, release,
                          with_settings(release_.service, app_settings_), reference);
}

}  // namespace podwright::orchestrate
