#include "export/service_units.hh"

#include <algorithm>

#include "deploy/plan.hh"

namespace podwright::units {

namespace {

constexpr std::string_view kInstallation = "generated";

UnitSpec unit_spec(const ServiceSpec& whole, int replica) {
  deploy::Desired desired{.installation = std::string(kInstallation),
                          .key = {whole.app, "production"},
                          .release = 1,
                          .service = whole.service};
  UnitSpec spec{.instance = deploy::instance_spec(desired, replica)};
  spec.instance.name = whole.service.replicas == 1 ? "pw-" + whole.app : fmt::format("pw-{}-{}", whole.app, replica);
  spec.instance.network = "pw-" + whole.app;
  spec.instance.labels.erase(std::string(kLabelDeployment));
  spec.host_port = whole.host_port == 0 ? 0 : whole.host_port + replica;
  spec.secret_env = whole.secret_env;
  return spec;
}

void take(ServiceUnits& all, Units made) {
  auto is_there = [&](const std::string& name) {
    return std::ranges::find(all.files, name, &UnitFile::name) != all.files.end();
  };
  for (auto& file : made.files)
    if (!is_there(file.name)) all.files.push_back(std::move(file));
  if (all.services.empty()) all.losses.insert(all.losses.end(), made.losses.begin(), made.losses.end());
  all.services.push_back(std::move(made.service));
}

}  // namespace

Result<ServiceUnits> service_units(const ServiceSpec& spec, const UnitTarget& target, Emitter emitter) {
  ServiceUnits out;
  for (int replica = 0; replica < spec.service.replicas; ++replica)
    take(out, TRY(emitter(unit_spec(spec, replica), target)));
  return out;
}

}  // namespace podwright::units
