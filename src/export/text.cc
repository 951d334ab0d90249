#include "export/text.hh"

#include <fmt/format.h>

#include "deploy/hardening.hh"
#include "deploy/plan.hh"
#include "export/options.hh"
#include "export/words.hh"

namespace podwright::units {

namespace {

using std::chrono::ceil;
using std::chrono::seconds;

constexpr int kGrowingDelay = 254;  // the systemd that has RestartSteps

// The delay grows from 0.2 s to 10 s over six restarts. systemd counts them until somebody starts or resets the unit,
// so what fails once a week ends up at the longest delay too: it is kept short.
std::string restart_lines(const UnitTarget& target) {
  if (target.systemd < kGrowingDelay) return "Restart=always\nRestartSec=2\n";
  return "Restart=always\nRestartSec=200ms\nRestartSteps=6\nRestartMaxDelaySec=10\n";
}

// Podman may wait for others that use the storage; the health check gets the time that it asked for.
long long start_seconds(const UnitSpec& spec, const UnitTarget& target) {
  constexpr long long podman = 300;
  if (!waits_for_health(spec, target)) return podman;
  const auto& health = spec.instance.service.health;
  return podman + ceil<seconds>(health.start_period + (health.interval + health.timeout) * health.retries).count();
}

long long stop_limit(const UnitSpec& spec) {
  constexpr long long podman = 60;
  return podman + deploy::stop_seconds(spec.instance.service);
}

std::string description(const InstanceSpec& instance) {
  auto app = deploy::label_of(instance.labels, kLabelApp);
  auto environment = deploy::label_of(instance.labels, kLabelEnvironment);
  if (app.empty() || environment.empty()) return instance.name;
  return fmt::format("{} ({}), {}", app, environment, instance.name);
}

// `make` is tried and may find that the thing is there: Podman 4.3 has no --ignore here. Then it must exist.
std::string resource_unit(const InstanceSpec& instance, const UnitTarget& target, std::string_view kind,
                          std::string_view name) {
  auto podman = systemd_word(target.podman_path);
  std::string labels;
  for (const auto& [key, value] : deploy::app_labels(instance.labels))
    labels += " --label " + systemd_word(key + "=" + value);
  auto out = header_line(app_header(instance));
  out += fmt::format("[Unit]\nDescription=The {} {}\nRequiresMountsFor=%t/containers\n", kind, name);
  out += "\n[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=300\n";
  out += fmt::format("ExecStart=-{} {} create{} {}\n", podman, kind, labels, name);
  return out + fmt::format("ExecStart={} {} exists {}\n", podman, kind, name);
}

}  // namespace

std::string network_service(std::string_view network) {
  return fmt::format("{}-network.service", network);
}

std::string volume_service(std::string_view volume) {
  return fmt::format("{}-volume.service", volume);
}

std::vector<std::string> resource_services(const InstanceSpec& instance) {
  std::vector<std::string> out{network_service(instance.network)};
  for (const auto& volume : instance.service.volumes)
    out.push_back(volume_service(deploy::volume_name(instance.labels, volume)));
  return out;
}

std::string unit_section(const UnitSpec& spec, const UnitTarget& target, const std::vector<std::string>& needs) {
  auto out = fmt::format("[Unit]\nDescription={}\n", description(spec.instance));
  if (target.rootful) out += "Wants=network-online.target\nAfter=network-online.target\n";  // a user's manager has none
  for (const auto& service : needs) out += fmt::format("Requires={0}\nAfter={0}\n", service);
  return out + "StartLimitIntervalSec=0\n";
}

std::string service_lines(const UnitSpec& spec, const UnitTarget& target) {
  return restart_lines(target) +
         fmt::format("TimeoutStartSec={}\nTimeoutStopSec={}\n", start_seconds(spec, target), stop_limit(spec));
}

std::string install_section(const UnitTarget& target) {
  return fmt::format("[Install]\nWantedBy={}\n", target.rootful ? "multi-user.target" : "default.target");
}

UnitHeader app_header(const InstanceSpec& instance) {
  return {.labels = deploy::app_labels(instance.labels)};
}

std::vector<UnitFile> resource_units(const InstanceSpec& instance, const UnitTarget& target) {
  std::vector<UnitFile> out{
      {network_service(instance.network), resource_unit(instance, target, "network", instance.network)}};
  for (const auto& volume : instance.service.volumes) {
    auto name = deploy::volume_name(instance.labels, volume);
    out.push_back({volume_service(name), resource_unit(instance, target, "volume", name)});
  }
  return out;
}

}  // namespace podwright::units
