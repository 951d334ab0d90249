#include "export/proxy_unit.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hh"
#include "export/words.hh"
#include "route/config.hh"

namespace podwright::units {

namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr size_t kLongestInstallation = 40;
constexpr std::string_view kInside = "/proxy";  // where its folder is in the container
constexpr PodmanVersion kStopsItself{4, 5};     // the first Quadlet whose services have an ExecStop

// From here on Quadlet's services wait for the network, up to 90 s where nothing says that it is there. HAProxy binds
// without it.
constexpr PodmanVersion kWaitsForNetwork{5, 3};

Status check(const ProxySpec& spec) {
  const auto& id = spec.installation;
  if (id.empty() || id.size() > kLongestInstallation || id.find_first_not_of(kLetters) != id.npos)
    return fail(ErrorCode::invalid, "'{}' is not the id of an installation", printable(id));
  if (spec.image.size() == 64 && spec.image.find_first_not_of(kHex) == spec.image.npos) return {};
  return fail(ErrorCode::invalid, "'{}' is not the id of an image", printable(spec.image));
}

// As systemd knows it: %h is the user's home folder, whatever that is called.
std::string mounted_folder(const ProxySpec& spec, bool rootful) {
  auto folder = proxy_folder(spec.installation, rootful);
  return rootful ? folder : "%h/" + folder;
}

std::vector<std::string> options_of(const ProxySpec& spec, const UnitTarget& target) {
  return proxy_options(spec.installation, mounted_folder(spec, target.rootful), target.rootful);
}

std::string unit_section(const ProxySpec& spec) {
  return fmt::format("# podwright-proxy {0}\n[Unit]\nDescription=The proxy of podwright {0}\nStartLimitIntervalSec=0\n",
                     spec.installation);
}

// A port may be taken for a moment at boot: tried again for ever.
constexpr std::string_view kServiceLines = "Restart=always\nRestartSec=1\nTimeoutStartSec=300\nTimeoutStopSec=70\n";

std::string install_section(const UnitTarget& target) {
  return fmt::format("\n[Install]\nWantedBy={}\n", target.rootful ? "multi-user.target" : "default.target");
}

std::string quadlet(const ProxySpec& spec, const UnitTarget& target) {
  auto out = unit_section(spec) +
             fmt::format("\n[Container]\nImage={}\nContainerName={}\n", spec.image, proxy_name(spec.installation));
  for (const auto& option : options_of(spec, target)) out += fmt::format("PodmanArgs={}\n", option);
  out += fmt::format("Exec={}\n\n[Service]\n{}", join(proxy_command(), " "), kServiceLines);
  if (target.podman < kStopsItself)
    out += fmt::format("ExecStop={} rm -f -i --cidfile=%t/%N.cid\n", systemd_word(target.podman_path));
  out += install_section(target);
  return target.podman < kWaitsForNetwork ? out : out + "\n[Quadlet]\nDefaultDependencies=false\n";
}

std::string plain_unit(const ProxySpec& spec, const UnitTarget& target) {
  constexpr std::string_view id_file = "%t/%n.ctr-id";
  auto podman = systemd_word(target.podman_path);
  std::vector<std::string> words{podman + " run",
                                 "--replace",
                                 "--rm",
                                 "-d",
                                 "--cgroups=no-conmon",
                                 "--sdnotify=conmon",
                                 fmt::format("--cidfile={}", id_file),
                                 "--name=" + proxy_name(spec.installation)};
  for (auto& option : options_of(spec, target)) words.push_back(std::move(option));
  words.push_back(spec.image);
  words.push_back(join(proxy_command(), " "));
  auto out = unit_section(spec) +
             "RequiresMountsFor=%t/"
             "containers\n\n[Service]\nType=notify\nNotifyAccess=all\nEnvironment=PODMAN_SYSTEMD_UNIT=%n\n";
  out += fmt::format("{}ExecStartPre=/bin/rm -f {}\nExecStart={}\n", kServiceLines, id_file, join(words, " \\\n  "));
  out += fmt::format("ExecStop={} stop --ignore -t 10 --cidfile={}\n", podman, id_file);
  out += fmt::format("ExecStopPost={} rm -f --ignore -t 10 --cidfile={}\n", podman, id_file);
  return out + install_section(target);
}

}  // namespace

std::string proxy_name(std::string_view installation) {
  return fmt::format("pw-{}-proxy", installation);
}

std::string proxy_folder(std::string_view installation, bool rootful) {
  return fmt::format("{}/podwright/{}/proxy", rootful ? "/var/lib" : ".local/share", installation);
}

// Root in its container is the user outside, who owns the folder. The sockets in it are for both sides, which a label
// of SELinux would tell apart.
std::vector<std::string> proxy_options(std::string_view installation, std::string_view folder, bool rootful) {
  std::vector<std::string> out{"--pull=never", fmt::format("--label=io.podwright.proxy={}", installation),
                               "--network=host", "--cap-drop=all"};
  if (rootful) out.emplace_back("--cap-add=NET_BIND_SERVICE");
  for (auto word : {"--security-opt=no-new-privileges", "--security-opt=label=disable", "--read-only",
                    "--http-proxy=false", "--log-driver=journald"})
    out.emplace_back(word);
  out.push_back(fmt::format("--volume={}:{}", folder, kInside));
  out.push_back(fmt::format("--workdir={}", kInside));
  return out;
}

std::vector<std::string> proxy_command() {
  auto words = route::haproxy_arguments();
  words.insert(words.begin(), "haproxy");
  return words;
}

Result<Units> proxy_units(const ProxySpec& spec, const UnitTarget& target) {
  TRY(check(spec));
  auto name = proxy_name(spec.installation);
  bool is_quadlet = target.podman >= kFirstQuadlet;
  UnitFile file = is_quadlet ? UnitFile{name + ".container", quadlet(spec, target)}
                             : UnitFile{name + ".service", plain_unit(spec, target)};
  return Units{.files = {std::move(file)}, .service = name + ".service", .enable = !is_quadlet, .losses = {}};
}

}  // namespace podwright::units
