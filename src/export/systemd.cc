// Plain systemd units: what Podman below 4.4 is run with.
#include <fmt/format.h>

#include "deploy/hardening.hh"
#include "export/options.hh"
#include "export/text.hh"
#include "export/words.hh"

namespace podwright::units {

namespace {

// Where Podman writes the container's id: by it the right one is stopped, whatever the name belongs to by then.
constexpr std::string_view kIdFile = "%t/%n.ctr-id";

// `podman run` as systemd reads it, an option a line. conmon stays in the unit's own cgroup and tells systemd that the
// container runs; --replace removes what a crash left behind.
std::string start_command(const UnitSpec& spec, const UnitTarget& target) {
  constexpr std::string_view next = " \\\n  ";
  auto out = systemd_word(target.podman_path) + " run";
  auto add = [&](std::string_view word) { (out += next) += word; };
  for (auto word : {"--replace", "--rm", "-d", "--cgroups=no-conmon"}) add(word);
  add(waits_for_health(spec, target) ? "--sdnotify=healthy" : "--sdnotify=conmon");
  add(fmt::format("--cidfile={}", kIdFile));
  for (const auto& option : container_options(spec, target)) add(systemd_word(option.word()));
  add(systemd_word(spec.instance.service.image));
  for (const auto& word : spec.instance.service.command) add(systemd_word(word));
  return out;
}

// The unit itself gets no sandbox of systemd: Podman needs a mount namespace that it shares with every other Podman of
// the account, and setuid helpers when it is rootless. The container is what is hardened.
std::string service_section(const UnitSpec& spec, const UnitTarget& target) {
  auto podman = systemd_word(target.podman_path);
  auto grace = deploy::stop_seconds(spec.instance.service);
  std::string out =
      "[Service]\nType=notify\nNotifyAccess=all\nEnvironment=PODMAN_SYSTEMD_UNIT=%n\n" + service_lines(spec, target);
  out += fmt::format("ExecStartPre=/bin/rm -f {}\n", kIdFile);
  out += fmt::format("ExecStart={}\n", start_command(spec, target));
  out += fmt::format("ExecStop={} stop --ignore -t {} --cidfile={}\n", podman, grace, kIdFile);
  return out + fmt::format("ExecStopPost={} rm -f --ignore -t {} --cidfile={}\n", podman, grace, kIdFile);
}

}  // namespace

Result<Units> systemd_units(const UnitSpec& spec, const UnitTarget& target) {
  TRY(check(spec, target, Reader::systemd));
  const auto& instance = spec.instance;
  Units out{.files = {}, .service = instance.name + ".service", .enable = true, .losses = losses(spec, target)};
  auto text = header_line({instance.labels, spec.host_port}) + unit_section(spec, target, resource_services(instance));
  text += "RequiresMountsFor=%t/containers\n\n" + service_section(spec, target) + "\n" + install_section(target);
  out.files.push_back({out.service, std::move(text)});
  for (auto& unit : resource_units(instance, target)) out.files.push_back(std::move(unit));
  return out;
}

}  // namespace podwright::units
