// DeploymentRun: one claimed deployment, from its source to live traffic, or to an honest failure. Every step is
// idempotent; a run that died with its daemon is claimed again and starts from what the store and the world say.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "build/builder.hh"
#include "orchestrate/app_locks.hh"
#include "orchestrate/build_log.hh"
#include "orchestrate/ports.hh"
#include "orchestrate/prepare.hh"
#include "orchestrate/release_rollout.hh"
#include "source/source.hh"

namespace podwright::orchestrate {

struct Crew {  // who a run works with, besides the ports
  Sites& sites;
  AppLocks& locks;
};

class DeploymentRun {
 public:
  DeploymentRun(Ports ports, const Settings& settings, Crew crew, Claim claim, std::stop_token stop);

  // Never fails: whatever happens is recorded in the store. Leaves the deployment to a later claim when the daemon
  // stops (`shutting_down` answers true) or the lease was lost.
  void execute(const std::function<bool()>& shutting_down);

 private:
  Status advance();
  Status prepare_release();
  Status analyze();
  Status hand_over(const std::vector<DeployRequest>& parts);
  Status build();
  Status provision();
  Status run_release_command();
  Status roll_out();
  Status roll_back_release();

  void conclude(const Error& problem);
  void undo(const Error& problem);
  Status clean_up();
  Status find_places();
  bool undoes_switched() const { return claim_.request.undo_on_failure || places_.size() == 1; }
  Result<bool> serves_somewhere();
  bool may_retry(const Error& problem) const;

  Status enter(Phase phase, const std::string& message = {});
  Status save(Progress progress);
  Status check_not_stopped() const;
  AppKey key() const { return {claim_.deployment.app, claim_.deployment.environment}; }
  ReleaseRollout& rollout();  // made when the release is known, or must be undone
  std::filesystem::path scratch() const { return settings_.state_dir / "work" / claim_.deployment.id; }

  Ports ports_;
  const Settings& settings_;
  Crew crew_;
  Claim claim_;
  std::stop_token stop_;

  std::optional<BuildLog> log_;
  Source source_;
  Prepared prepared_;
  Release release_;  // what will run; complete after prepare_release
  AppSettings app_settings_;
  Places places_;  // where it will run
  std::optional<ReleaseRollout> rollout_;
  Timings timings_;
  Phase phase_ = Phase::queued;
};

}  // namespace podwright::orchestrate
