// Quadlet files: Podman's own generator makes the services of them. No .pod for replicas: the containers of a pod share
// one network namespace, where two replicas cannot listen on one port, and are replaced together, where we replace them
// one by one.
#include <fmt/format.h>

#include "base/text.hh"
#include "deploy/plan.hh"
#include "export/options.hh"
#include "export/text.hh"
#include "export/words.hh"

namespace podwright::units {

namespace {

// Each option in a line of its own: an unknown key would fail the unit, so what this Podman has no key for is an
// argument.
std::string option_line(const Option& option, const UnitTarget& target, QuadletWords& words) {
  const auto& value = option.key_value.empty() ? option.value : option.key_value;
  bool is_raw = option.syntax == Option::Syntax::raw;
  if (option.key.empty() || target.podman < option.since || (is_raw && !fits_raw(value)))
    return fmt::format("PodmanArgs={}\n", words.word(option.word()));
  return fmt::format("{}={}\n", option.key, is_raw ? words.raw(value) : words.word(value));
}

std::string container_section(const UnitSpec& spec, const UnitTarget& target, QuadletWords& words) {
  auto out = fmt::format("[Container]\nImage={}\n", spec.instance.service.image);
  for (const auto& option : container_options(spec, target)) out += option_line(option, target, words);
  if (waits_for_health(spec, target)) out += "Notify=healthy\n";
  std::vector<std::string> command;
  for (const auto& word : spec.instance.service.command) command.push_back(words.word(word));
  return command.empty() ? out : out + fmt::format("Exec={}\n", join(command, " "));
}

std::string service_section(const UnitSpec& spec, const UnitTarget& target, const QuadletWords& words) {
  constexpr PodmanVersion stops_itself{4, 5};
  auto out = "[Service]\n" + service_lines(spec, target) + words.environment_lines();
  if (target.podman < stops_itself)
    out += fmt::format("ExecStop={} rm -f -i --cidfile=%t/%N.cid\n", systemd_word(target.podman_path));
  return out;
}

// From 5.3 Quadlet lets a user's units wait for the network until they give up, where nothing brings that up.
std::string quadlet_section(const UnitTarget& target) {
  constexpr PodmanVersion waits{5, 3};
  bool is_late = !target.rootful && !target.network_online && target.podman >= waits;
  return is_late ? "\n[Quadlet]\nDefaultDependencies=false\n" : "";
}

std::string resource_file(const InstanceSpec& instance, const UnitTarget& target, std::string_view section,
                          std::string_view name) {
  auto out = header_line(app_header(instance)) + fmt::format("[{0}]\n{0}Name={1}\n", section, name);
  for (const auto& [key, value] : deploy::app_labels(instance.labels)) out += fmt::format("Label={}={}\n", key, value);
  return out + quadlet_section(target);
}

std::vector<UnitFile> resource_files(const InstanceSpec& instance, const UnitTarget& target) {
  if (target.podman < kNamedResources) return resource_units(instance, target);
  std::vector<UnitFile> out{
      {instance.network + ".network", resource_file(instance, target, "Network", instance.network)}};
  for (const auto& volume : instance.service.volumes) {
    auto name = deploy::volume_name(instance.labels, volume);
    out.push_back({name + ".volume", resource_file(instance, target, "Volume", name)});
  }
  return out;
}

}  // namespace

Result<Units> quadlet_units(const UnitSpec& spec, const UnitTarget& target) {
  if (target.podman < kFirstQuadlet)
    return fail(error(ErrorCode::invalid, "Podman {}.{} has no Quadlet", target.podman.major, target.podman.minor)
                    .with_hint("it came with 4.4; plain systemd units do the same"));
  TRY(check(spec, target, Reader::quadlet));
  const auto& instance = spec.instance;
  Units out{.files = {}, .service = instance.name + ".service", .losses = losses(spec, target)};
  // Quadlet itself adds what the .network and .volume files that the container names are needed for.
  auto needs = target.podman < kNamedResources ? resource_services(instance) : std::vector<std::string>{};
  QuadletWords words;
  auto container = container_section(spec, target, words);
  auto text = header_line({instance.labels, spec.host_port}) + unit_section(spec, target, needs) + "\n" + container +
              "\n" + service_section(spec, target, words) + "\n" + install_section(target) + quadlet_section(target);
  out.files.push_back({instance.name + ".container", std::move(text)});
  for (auto& file : resource_files(instance, target)) out.files.push_back(std::move(file));
  return out;
}

}  // namespace podwright::units
