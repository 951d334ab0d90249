// Rollout: applies a plan to one site. The deployments and the reconciler share it, so there is one way to bring an
// app to where it should be.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "deploy/plan.hh"
#include "orchestrate/sites.hh"

namespace podwright::orchestrate {

class Rollout {
 public:
  Rollout(Site site, deploy::Desired desired);

  // The instances of this app and environment as they are now.
  Result<std::vector<Instance>> observe() const;

  // Creates and starts what the plan says. Idempotent.
  Status start(const deploy::Plan& plan, std::stop_token stop) const;
  // Waits until every instance to be gated answers. The error is an honest report: last log lines, exit code, last
  // probe answer, what was listening instead.
  Status gate(const deploy::Plan& plan, std::stop_token stop) const;
  // Gives the wanted instances the traffic and starts to supervise them.
  Status route() const;
  // Drains, stops and removes what the plan retires, in the background.
  void retire(const deploy::Plan& plan) const;

  // Removes the instances of this release at once: a deployment that failed or was cancelled.
  Status discard() const;

 private:
  Site site_;
  deploy::Desired desired_;
};

// The traffic of a site as the store and its containers say.
Result<RouteTable> wanted_routes(const Site& site);
// Starts the site's proxy with that, unless it runs.
Status ensure_proxy(const Site& site);

// http://<host>:<port>/, a domain when there is one; "" for a worker.
std::string url_at(const Site& site, const AppKey& key, const Service& service);

}  // namespace podwright::orchestrate
