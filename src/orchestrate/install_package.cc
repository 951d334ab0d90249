#include "orchestrate/install_package.hh"

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "deploy/plan.hh"
#include "model/name.hh"
#include "orchestrate/gate.hh"

namespace podwright::orchestrate {

namespace {

int release_of(const Instance& instance) {
  return static_cast<int>(parse_integer(deploy::label_of(instance.labels, kLabelRelease)).value_or(0));
}

// The release that this package has here, or the next number.
int release_for(const std::vector<Instance>& observed, const std::string& deployment) {
  int newest = 0;
  for (const auto& instance : observed) {
    if (deploy::label_of(instance.labels, kLabelDeployment) == deployment) return release_of(instance);
    newest = std::max(newest, release_of(instance));
  }
  return newest + 1;
}

// Carries out a plan, and takes back what it made when a step before the switch fails.
class Installation {
 public:
  Installation(Runtime& runtime, const deploy::Desired& desired, const OnStep& on_step, std::stop_token stop)
      : runtime_(runtime), desired_(desired), on_step_(on_step), stop_(stop) {
    for (int replica = 0; replica < desired.service.replicas; ++replica)
      specs_.push_back(deploy::instance_spec(desired, replica));
  }

  Result<Installed> run(const deploy::Plan& plan) {
    auto lines = deploy::describe(plan);
    for (size_t i = 0; i < plan.size(); ++i) {
      if (plan[i].kind == deploy::StepKind::route) continue;  // nothing is routed without a proxy
      if (on_step_) on_step_(lines[i]);
      if (auto done = carry_out(plan[i]); !done) {
        take_back();
        return fail(std::move(done).error());
      }
    }
    for (const auto& spec : specs_) out_.instances.push_back(TRY(runtime_.inspect(spec.name)));
    out_.release = desired_.release;
    return std::move(out_);
  }

 private:
  Status carry_out(const deploy::Step& step) {
    if (stop_.stop_requested()) return fail(ErrorCode::cancelled, "the installation was cancelled");
    switch (step.kind) {
      case deploy::StepKind::create:
        return create(step.instance);
      case deploy::StepKind::start:
        return runtime_.start(step.instance);
      case deploy::StepKind::gate:
        return wait_until_healthy(runtime_, step.instance, desired_.service, stop_);
      case deploy::StepKind::retire:
        return retire(step.instance);
      case deploy::StepKind::route:
        break;
    }
    return {};
  }

  Status create(const std::string& name) {
    made_.push_back(name);  // also when it fails half-way
    auto spec = std::ranges::find(specs_, name, &InstanceSpec::name);
    TRY(runtime_.create(*spec));
    return {};
  }

  // From the first one on there is no way back, and none is needed: the new release is healthy.
  Status retire(const std::string& name) {
    made_.clear();
    TRY(runtime_.stop(name, desired_.service.stop_timeout));
    TRY(runtime_.remove(name));
    out_.replaced.push_back(name);
    return {};
  }

  void take_back() {
    for (const auto& name : made_)
      if (auto gone = runtime_.remove(name); !gone)
        log::warn("{} could not be removed: {}", name, gone.error().message);
  }

  Runtime& runtime_;
  const deploy::Desired& desired_;
  const OnStep& on_step_;
  std::stop_token stop_;
  std::vector<InstanceSpec> specs_;
  std::vector<std::string> made_;
  Installed out_;
};

}  // namespace

Result<Service> service_to_install(const package::Description& description,
                                   const std::map<std::string, std::string>& values) {
  auto service = description.service;
  for (const auto& [key, value] : values) {
    TRY(check_env_key(key));
    TRY(check_env_value(value));
    service.env[key] = value;
    service.secret_env.insert(key);
  }
  std::string missing;
  for (const auto& key : service.secret_env)
    if (!service.env.contains(key)) missing += (missing.empty() ? "" : ", ") + key;
  if (missing.empty()) return service;
  return fail(error(ErrorCode::invalid, "{} needs values that its package does not carry: {}", description.app, missing)
                  .with_hint("give each with --set-env KEY, which takes the value from your environment"));
}

Result<Installed> install_package(Runtime& runtime, const InstallRequest& request, const OnStep& on_step,
                                  std::stop_token stop) {
  auto observed = TRY(runtime.list(deploy::app_labels(request.installation, request.key)));
  auto deployment = "package-" + request.manifest.substr(0, 16);
  deploy::Desired desired{.installation = request.installation,
                          .key = request.key,
                          .release = release_for(observed, deployment),
                          .deployment = deployment,
                          .service = request.service};
  return Installation(runtime, desired, on_step, stop).run(deploy::plan(desired, observed));
}

}  // namespace podwright::orchestrate
