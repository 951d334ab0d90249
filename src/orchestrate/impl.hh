// What the parts of the engine share. Included by orchestrate/engine*.cc only.
#pragma once

#include "orchestrate/app_locks.hh"
#include "orchestrate/engine.hh"
#include "orchestrate/reconciler.hh"
#include "orchestrate/retirer.hh"
#include "orchestrate/workers.hh"

namespace podwright::orchestrate {

struct Engine::Impl {
  Impl(Ports the_ports, Settings the_settings)
      : ports(the_ports),
        settings(std::move(the_settings)),
        retirer(ports),
        sites(ports, retirer),
        reconciler(ports, settings, sites, locks),
        supervisor(ports, [this](const AppKey& key) { reconciler.wake(key); }) {
    sites.supervise_with(supervisor);
  }
  ~Impl() {
    workers.reset();
    ports.store.on_change({});
    reconciler.stop();  // it and the supervisor call each other
  }

  Result<DryRun> dry_run(const Source& source, const Prepared& prepared, const DeployRequest& request);
  Status change_settings(const AppKey& key, const std::function<void(AppSettings&)>& change);
  Status wait_for_deployments(const AppKey& key, Deadline deadline);
  Result<Release> active_release(const AppKey& key);
  Status remove_images_of(const std::string& app);
  Status remove_at(const AppKey& key, const std::string& place, bool volumes);
  // The instances there, or an error while the place cannot be reached.
  Result<std::vector<InstanceStatus>> instances_at(const std::string& place, const Labels& labels);

  Ports ports;
  Settings settings;
  AppLocks locks;
  Retirer retirer;
  Sites sites;
  Reconciler reconciler;
  Supervisor supervisor;
  std::unique_ptr<Workers> workers;  // last in, first out
};

}  // namespace podwright::orchestrate
