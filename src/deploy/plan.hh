// What has to happen so that one app in one environment looks as it should: a pure function over what is wanted and
// what was observed. `--dry-run` prints the plan, the rollout applies it, and after a crash it is made anew.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deploy/runtime.hh"
#include "model/app.hh"

namespace podwright::deploy {

struct Desired {
  std::string installation;
  AppKey key;
  int release = 0;         // 0: nothing should run
  std::string deployment;  // recorded on new instances
  Service service;         // replicas decides how many
};

enum class StepKind {
  create,  // make the container
  start,   // start it
  gate,    // wait until it is healthy
  route,   // give it the traffic (once, after every gate)
  retire,  // drain, stop and remove it
};

struct Step {
  StepKind kind;
  std::string instance;  // container name; empty for route
};

using Plan = std::vector<Step>;

// Instances are those of this app and environment. Retired are the ones of other releases and surplus replicas.
Plan plan(const Desired& desired, const std::vector<Instance>& observed);

// A person's words for it, one line a step: what --dry-run shows.
std::vector<std::string> describe(const Plan& plan);

// Deterministic, so that every step is idempotent: "pw-<installation>-<app>-<environment>-<release>-<replica>".
std::string instance_name(const Desired& desired, int replica);
std::string network_name(std::string_view installation, const AppKey& key);
InstanceSpec instance_spec(const Desired& desired, int replica);
std::string label_of(const Labels& labels, std::string_view key);  // "" when there is none
Labels app_labels(std::string_view installation, const AppKey& key);
Labels app_labels(const Labels& labels);  // those of an instance that are the whole application's: its network's and volumes'

// Podman's name of a service's volume: stable over releases, ours by its installation and application labels.
std::string volume_name(const Labels& labels, const Volume& volume);

}  // namespace podwright::deploy
