#include "support/unit_cases.hh"

#include <boost/json.hpp>
#include <cstdlib>

#include "base/fs.hh"
#include "base/text.hh"
#include "deploy/plan.hh"

namespace podwright {

namespace {

using std::chrono::seconds;
using units::PodmanVersion;
using units::UnitTarget;

UnitTarget target_of(PodmanVersion podman, int systemd, bool rootful = false) {
  UnitTarget target{.podman = podman, .systemd = systemd, .rootful = rootful};
  target.nofile_hard = 524288;
  target.nproc_hard = 60000;
  return target;
}

// A host that can do little: no controllers for this account, low limits, no init.
UnitTarget bare_target() {
  UnitTarget target{.podman = {5, 4}, .systemd = 257};
  target.memory_controller = target.cpu_controller = target.pids_controller = target.swap_limit = target.init = false;
  target.nofile_hard = 1024;
  return target;
}

fs::path golden_path(const std::string& case_name, const std::string& file) {
  return fs::path(PODWRIGHT_SOURCE_DIR) / "tests/golden/export" / case_name / file;
}

}  // namespace

units::UnitSpec plain_shop() {
  Service service{.name = "shop", .image = std::string(64, 'a')};
  service.port = 3000;
  service.limits = {.cpu_millis = 250, .memory_bytes = 128 << 20, .pids = 100, .nofile = 4096};
  service.env = {{"PORT", "3000"}};
  deploy::Desired desired{
      .installation = "i1", .key = {"shop", "production"}, .release = 3, .deployment = "d1", .service = service};
  return {.instance = deploy::instance_spec(desired, 0), .host_port = 20001};
}

units::UnitSpec everything_shop() {
  auto spec = plain_shop();
  auto& service = spec.instance.service;
  service.image = "registry.example:5000/team/shop:1.2";
  service.command = {
      "sh",         "-c",    "echo \"$HOME\" 100% ${X} '`id`' \\n;", "", ";", "#", " lead and trail ", "tab\tend\n",
      "é\u0080€😀", "--flag"};
  service.env = {
      {"MULTI", "a\nb\n"},   {"ODD", "\"'%n$`$$%%\\\x01\x7f ü"}, {"EMPTY", ""},       {"BLANKS", "  x  "},
      {"COMMENT", "# ; no"}, {"CONTROL", "\u0080\u0085\u00A0"},  {"BACKSLASH", "\\"}, {"TOKEN", "never written"}};
  spec.secret_env = {{"TOKEN", "pw-shop-token"}, {"KEY_2", "pw-shop-key.2"}};
  service.health = {.kind = ProbeKind::exec,
                    .command = {"check", "", ";", "a b", "100%", "$X \"q\" \\ é"},
                    .start_period = seconds(20)};
  service.volumes = {{.name = "data", .target = "/data"},
                     {.name = "seed.d", .target = "/srv/with space %n$", .read_only = true}};
  service.tmpfs = {"/tmp", "/var/cache/x y"};
  service.privileges = {.run_as_root = true, .capabilities = {"NET_BIND_SERVICE", "CHOWN"}};
  service.stop_timeout = Millis(2500);
  spec.instance.labels["note"] = "50% of $X; \"quoted\" \\ ü\n";
  spec.auto_update = units::AutoUpdate::registry;
  return spec;
}

std::vector<UnitCase> unit_cases() {
  auto open = plain_shop();
  open.host_port = 0;
  auto online = target_of({5, 8}, 259);
  online.network_online = true;
  open.instance.service.privileges = {.writable_root = true, .new_privileges = true};
  return {{"quadlet-5.4-default", plain_shop(), target_of({5, 4}, 257)},
          {"quadlet-5.4-everything", everything_shop(), target_of({5, 4}, 257, true)},
          {"quadlet-5.4-opted-out", open, target_of({5, 4}, 257)},
          {"quadlet-5.4-bare-host", plain_shop(), bare_target()},
          {"quadlet-5.8-everything", everything_shop(), online},
          {"quadlet-4.9-everything", everything_shop(), target_of({4, 9}, 255)},
          {"quadlet-4.4-everything", everything_shop(), target_of({4, 4}, 252)},
          {"systemd-4.3-default", plain_shop(), target_of({4, 3}, 252)},
          {"systemd-4.3-everything", everything_shop(), target_of({4, 3}, 252, true)}};
}

std::vector<ProxyUnitCase> proxy_unit_cases() {
  return {{"proxy-quadlet-5.4-rootless", {.podman = {5, 4}}},
          {"proxy-quadlet-5.4-rootful", {.podman = {5, 4}, .rootful = true}},
          {"proxy-quadlet-4.4-rootless", {.podman = {4, 4}}},
          {"proxy-systemd-4.3-rootless", {.podman = {4, 3}}},
          {"proxy-systemd-4.3-rootful", {.podman = {4, 3}, .rootful = true}}};
}

units::ProxySpec proxy_spec() {
  return {.installation = "0123456789abcdef", .image = std::string(60, '0') + "beef"};
}

UnitGolden read_unit_golden(const std::string& case_name, const std::string& file) {
  UnitGolden golden;
  auto text = read_file(golden_path(case_name, file)).value_or("");
  bool in_command = true;
  for (auto line : split(text, '\n')) {
    in_command = in_command && line.starts_with("## ");
    ((in_command ? golden.command : golden.content) += line) += '\n';
  }
  if (!golden.content.empty()) golden.content.pop_back();  // split() answers an empty part after the last newline
  return golden;
}

void write_unit_golden(const std::string& case_name, const std::string& file, const UnitGolden& golden) {
  auto path = golden_path(case_name, file);
  bool written = make_directories(path.parent_path(), 0755) && write_file(path, golden.command + golden.content);
  if (!written) std::abort();
}

bool updates_golden() {
  return std::getenv("PODWRIGHT_UPDATE_GOLDEN") != nullptr;
}

std::string command_lines(const PodmanCall& call) {
  std::string out = "## podman " + call.verb + "\n";
  for (const auto& option : call.options) out += "## " + boost::json::serialize(boost::json::string(option)) + "\n";
  for (const auto& operand : call.operands)
    out += "## operand " + boost::json::serialize(boost::json::string(operand)) + "\n";
  return out;
}

}  // namespace podwright
