// Rollout: applies a plan to the world. The deployments and the reconciler share it, so there is one way to bring an
// app to where it should be.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "deploy/plan.hh"
#include "orchestrate/ports.hh"
#include "orchestrate/retirer.hh"
#include "orchestrate/supervisor.hh"

namespace podwright::orchestrate {

class Rollout {
 public:
  Rollout(Ports ports, Supervisor& supervisor, Retirer& retirer, deploy::Desired desired);

  // The instances of this app and environment as they are now.
  Result<std::vector<Instance>> observe() const;

  // Creates and starts what the plan says. Idempotent.
  Status start(const deploy::Plan& plan, std::stop_token stop) const;
  // Waits until every instance to be gated answers. The error is an honest report: last log lines, exit code, last
  // probe answer, what was listening instead.
  Status gate(const deploy::Plan& plan, std::stop_token stop) const;
  // Gives the wanted instances the traffic and starts to supervise them.
  Status route(const std::vector<std::string>& hosts) const;
  // Drains, stops and removes what the plan retires, in the background.
  void retire(const deploy::Plan& plan) const;

  // Removes the instances of this release at once: a deployment that failed or was cancelled.
  Status discard() const;

 private:
  Ports ports_;
  Supervisor& supervisor_;
  Retirer& retirer_;
  deploy::Desired desired_;
};

// The host names of an app: its .localhost name and its domains.
std::vector<std::string> route_hosts(const AppKey& key, const std::vector<std::string>& domains);

// http://<host>:<port>, the domain first when there is one.
std::string route_url(const AppKey& key, const std::vector<std::string>& domains, int http_port);

}  // namespace podwright::orchestrate
