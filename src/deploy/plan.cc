#include "deploy/plan.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace podwright::deploy {

namespace {

const Instance* find(const std::vector<Instance>& observed, const std::string& name) {
  auto at = std::ranges::find(observed, name, &Instance::name);
  return at == observed.end() ? nullptr : &*at;
}

std::string_view words(StepKind kind) {
  switch (kind) {
    case StepKind::create: return "create container";
    case StepKind::start: return "start container";
    case StepKind::gate: return "wait until healthy:";
    case StepKind::route: return "switch the route";
    case StepKind::retire: return "drain, stop and remove";
  }
  return "";
}

}  // namespace

Plan plan(const Desired& desired, const std::vector<Instance>& observed) {
  Plan makes, starts, gates, retires;
  std::set<std::string> wanted;
  for (int replica = 0; desired.release != 0 && replica < desired.service.replicas; ++replica) {
    auto name = instance_name(desired, replica);
    wanted.insert(name);
    const auto* there = find(observed, name);
    if (!there) makes.push_back({StepKind::create, name});
    if (!there || there->state != InstanceState::running) starts.push_back({StepKind::start, name});
    gates.push_back({StepKind::gate, name});
  }
  for (const auto& instance : observed)
    if (!wanted.contains(instance.name)) retires.push_back({StepKind::retire, instance.name});

  Plan all;
  for (auto* part : {&makes, &starts, &gates}) all.insert(all.end(), part->begin(), part->end());
  all.push_back({StepKind::route, {}});
  all.insert(all.end(), retires.begin(), retires.end());
  return all;
}

std::vector<std::string> describe(const Plan& plan) {
  std::vector<std::string> lines;
  for (const auto& step : plan) {
    lines.emplace_back(words(step.kind));
    if (!step.instance.empty()) lines.back() += " " + step.instance;
  }
  return lines;
}

std::string instance_name(const Desired& desired, int replica) {
  return fmt::format("pw-{}-{}-{}-{}-{}", desired.installation, desired.key.app, desired.key.environment, desired.release, replica);
}

std::string network_name(std::string_view installation, const AppKey& key) {
  return fmt::format("pw-{}-{}-{}", installation, key.app, key.environment);
}

std::string label_of(const Labels& labels, std::string_view key) {
  auto at = labels.find(std::string(key));
  return at == labels.end() ? "" : at->second;
}

Labels app_labels(std::string_view installation, const AppKey& key) {
  return {{std::string(kLabelInstallation), std::string(installation)},
          {std::string(kLabelApp), key.app},
          {std::string(kLabelEnvironment), key.environment}};
}

Labels app_labels(const Labels& labels) {
  Labels out;
  for (auto key : {kLabelInstallation, kLabelApp, kLabelEnvironment})
    if (auto found = labels.find(std::string(key)); found != labels.end()) out.insert(*found);
  return out;
}

std::string volume_name(const Labels& labels, const Volume& volume) {
  auto part = [&](std::string_view key) {
    auto found = labels.find(std::string(key));
    return found == labels.end() ? std::string("none") : found->second;
  };
  // The parts hold no underscore (see model/name.hh), so two different volumes never get one name.
  return fmt::format("pw_{}_{}_{}_{}", part(kLabelInstallation), part(kLabelApp), part(kLabelEnvironment), volume.name);
}

InstanceSpec instance_spec(const Desired& desired, int replica) {
  auto labels = app_labels(desired.installation, desired.key);
  labels[std::string(kLabelRelease)] = std::to_string(desired.release);
  labels[std::string(kLabelDeployment)] = desired.deployment;
  labels[std::string(kLabelReplica)] = std::to_string(replica);
  return {.name = instance_name(desired, replica),
          .service = desired.service,
          .labels = std::move(labels),
          .network = network_name(desired.installation, desired.key)};
}

}  // namespace podwright::deploy
