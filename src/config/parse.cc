#include <algorithm>
#include <array>

#include "base/text.hh"
#include "config/config.hh"
#include "config/reading.hh"
#include "model/name.hh"

namespace podwright::config {

namespace {

using namespace std::chrono_literals;

constexpr Millis kHour = 1h;

// A reader of one whole number, text or time into a field of the configuration.
auto number_into(Maybe<int> AppConfig::* field, std::string_view name, long long least, long long most) {
  return [=](Reading& in, const Yaml& node) {
    auto value = in.whole(node, name, least, most);
    if (value && in.first(node, name)) in.config.*field = said(static_cast<int>(*value), node);
  };
}

auto text_into(Maybe<std::string> AppConfig::* field, std::string_view name) {
  return [=](Reading& in, const Yaml& node) {
    auto value = in.text(node, name);
    if (value && in.first(node, name)) in.config.*field = said(*std::move(value), node);
  };
}

auto time_into(Maybe<Millis> AppConfig::* field, std::string_view name, Millis least, Millis most) {
  return [=](Reading& in, const Yaml& node) {
    auto value = in.duration(node, name, least, most);
    if (value && in.first(node, name)) in.config.*field = said(*value, node);
  };
}

// A command is run without a shell: one text is its words, and what only a shell understands needs a list.
std::vector<std::string> command_words(Reading& in, const Yaml& node, std::string_view field) {
  if (node.is_sequence()) return in.texts(node, field);
  auto line = in.text(node, field);
  if (!line) return {};
  if (line->find_first_of("|&;<>()$`\\\"'*?[]#~{}\n") != line->npos) {
    in.problem(node, fmt::format("{} is run without a shell: write it as a list of words, for example [\"curl\", \"-f\", \"http://localhost\"]", field));
    return {};
  }
  auto words = split_words(*line);
  return {words.begin(), words.end()};
}

bool is_container_path(std::string_view path) {
  auto parts = split(path, '/');
  auto is_special = [&](std::string_view top) { return path == top || (path.starts_with(top) && path[top.size()] == '/'); };
  return path.size() > 1 && path.size() <= 1024 && path.front() == '/' && printable(path) == path && !path.contains(':') && !path.contains(',') &&
         std::ranges::none_of(parts, [](auto part) { return part == ".." || part == "."; }) && !is_special("/proc") && !is_special("/sys") && !is_special("/dev");
}

bool check_container_path(Reading& in, const Yaml& node, std::string_view path, std::string_view field) {
  if (is_container_path(path)) return true;
  in.problem(node, fmt::format("{} must be an absolute folder in the container, such as /data, and not in /proc, /sys or /dev", field));
  return false;
}

void read_name(Reading& in, const Yaml& node) {
  auto value = in.text(node, "name");
  if (value && in.passes(node, check_app_name(*value))) in.config.name = said(*std::move(value), node);
}

void add_variable(Reading& in, const Yaml& node, std::string_view key, std::string_view value) {
  if (!in.passes(node, check_env_key(key)) || !in.passes(node, check_env_value(value))) return;
  if (in.first(node, fmt::format("env.{}", key))) in.config.env.emplace(key, value);
}

// {KEY: value} or [KEY=value]; numbers and booleans are taken as they are written.
void read_env(Reading& in, const Yaml& node) {
  if (node.is_sequence()) {
    for (const auto& child : node.children) {
      auto equals = child.scalar.find('=');
      if (child.is_scalar() && equals != child.scalar.npos)
        add_variable(in, child, std::string_view(child.scalar).substr(0, equals), std::string_view(child.scalar).substr(equals + 1));
      else
        in.problem(child, "each of env must be KEY=value");
    }
    return;
  }
  if (!in.mapping(node, "env")) return;
  for (const auto& child : node.children) {
    if (child.is_scalar())
      add_variable(in, child, child.key, child.scalar);
    else
      in.problem(child, fmt::format("env.{} must have a value: write \"\" for an empty one", printable(child.key)));
  }
}

void read_domains(Reading& in, const Yaml& node) {
  auto take = [&](const Yaml& item) {
    auto domain = in.text(item, "domain");
    if (!domain || !in.passes(item, check_domain(*domain))) return;
    auto lower = to_lower(*domain);
    if (std::ranges::find(in.config.domains, lower) != in.config.domains.end()) return in.problem(item, fmt::format("the domain {} is named twice", lower));
    in.config.domains.push_back(std::move(lower));
  };
  if (!node.is_sequence()) return take(node);
  for (const auto& child : node.children) take(child);
}

void read_resources(Reading& in, const Yaml& node) {
  static const std::array keys{
      Key{"cpu", [](Reading& to, const Yaml& value) {
            if (auto millis = to.cpu(value, "resources.cpu"); millis && to.first(value, "resources.cpu")) to.config.cpu_millis = said(*millis, value);
          }},
      Key{"memory", [](Reading& to, const Yaml& value) {
            if (auto size = to.bytes(value, "resources.memory", 6LL << 20, 16LL << 40); size && to.first(value, "resources.memory"))
              to.config.memory_bytes = said(*size, value);
          }}};
  if (in.mapping(node, "resources")) read_keys(in, node, keys, "resources.");
}

void read_limits(Reading& in, const Yaml& node) {
  static const std::array keys{Key{"pids", number_into(&AppConfig::pids, "limits.pids", 8, 4'000'000)},
                               Key{"nofile", number_into(&AppConfig::nofile, "limits.nofile", 64, 1'048'576)}};
  if (in.mapping(node, "limits")) read_keys(in, node, keys, "limits.");
}

void set_probe(Reading& in, const Yaml& node, ProbeKind kind) {
  if (!in.config.health.kind) in.config.health.kind = said(kind, node);
  else in.problem_at_key(node, "health has more than one of path, tcp and command", "keep one of them");
}

void read_health_path(Reading& in, const Yaml& node) {
  auto path = in.text(node, "health.path");
  if (!path) return;
  bool is_plain = path->front() == '/' && path->size() <= 1024 && printable(*path) == *path && !path->contains(' ');
  if (!is_plain) return in.problem(node, "health.path must begin with '/' and hold no spaces, such as /healthz");
  set_probe(in, node, ProbeKind::http);
  in.config.health.path = *std::move(path);
}

void read_health_command(Reading& in, const Yaml& node) {
  auto words = command_words(in, node, "health.command");
  if (words.empty()) return;
  set_probe(in, node, ProbeKind::exec);
  in.config.health.command = std::move(words);
}

Key health_time(std::string_view name, std::string_view field, Maybe<Millis> Health::* member, Millis least, Millis most) {
  return {name, [=](Reading& in, const Yaml& node) {
            if (auto value = in.duration(node, field, least, most)) in.config.health.*member = said(*value, node);
          }};
}

void read_health(Reading& in, const Yaml& node) {
  static const std::array keys{Key{"path", read_health_path},
                               Key{"tcp",
                                   [](Reading& to, const Yaml& value) {
                                     auto wanted = to.flag(value, "health.tcp");
                                     if (wanted && *wanted) set_probe(to, value, ProbeKind::tcp);
                                   }},
                               Key{"command", read_health_command},
                               health_time("interval", "health.interval", &Health::interval, 500ms, kHour),
                               health_time("timeout", "health.timeout", &Health::timeout, 100ms, 5min),
                               health_time("start_period", "health.start_period", &Health::start_period, 1s, kHour),
                               health_time("stability", "health.stability", &Health::stability, 0ms, 10min),
                               Key{"retries",
                                   [](Reading& to, const Yaml& value) {
                                     if (auto count = to.whole(value, "health.retries", 1, 100))
                                       to.config.health.retries = said(static_cast<int>(*count), value);
                                   }},
                               Key{"restart", [](Reading& to, const Yaml& value) {
                                     if (auto wanted = to.flag(value, "health.restart"))
                                       to.config.health.restart = said(*wanted, value);
                                   }}};
  if (!in.first(node, "health")) return;
  if (node.is_scalar()) return read_health_path(in, node);  // health: /healthz
  if (in.mapping(node, "health")) read_keys(in, node, keys, "health.");
}

// Debian's package names (Debian Policy 5.6.1).
bool is_package_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 100 && name.front() != '-' && name.front() != '+' && name.front() != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == name.npos;
}

void read_packages(Reading& in, const Yaml& node) {
  auto names = in.texts(node, "build.packages");
  for (const auto& name : names)
    if (!is_package_name(name)) return in.problem(node, fmt::format("'{}' is not the name of a Debian package", printable(name)));
  in.config.packages = said(std::move(names), node);
}

void read_secrets(Reading& in, const Yaml& node) {
  for (auto& name : in.texts(node, "build.secrets"))
    if (in.passes(node, check_env_key(name))) in.config.build_secrets.push_back(std::move(name));
}

void read_root(Reading& in, const Yaml& node) {
  auto path = in.text(node, "build.root");
  if (path && in.passes(node, check_relative_path(*path))) in.config.root = said(*std::move(path), node);
}

void read_build(Reading& in, const Yaml& node) {
  static const std::array keys{Key{"command", text_into(&AppConfig::build_command, "build.command")},
                               Key{"install", text_into(&AppConfig::install_command, "build.install")},
                               Key{"root", read_root}, Key{"packages", read_packages}, Key{"secrets", read_secrets}};
  if (!in.first(node, "build")) return;
  if (in.mapping(node, "build")) read_keys(in, node, keys, "build.");
}

void add_volume(Reading& in, const Yaml& node, Volume volume) {
  if (!in.passes(node, check_volume_name(volume.name)) || !check_container_path(in, node, volume.target, "a volume's target")) return;
  for (const auto& other : in.config.volumes)
    if (other.target == volume.target) return in.problem(node, fmt::format("two volumes have the target {}", volume.target));
  in.config.volumes.push_back(std::move(volume));
}

// "name:/target", "name:/target:ro"
void read_volume_text(Reading& in, const Yaml& node) {
  auto parts = split(node.scalar, ':');
  bool is_read_only = parts.size() == 3 && parts[2] == "ro";
  if (parts.size() < 2 || parts.size() > 3 || (parts.size() == 3 && !is_read_only && parts[2] != "rw"))
    return in.problem(node, "a volume must be name:/folder or name:/folder:ro");
  if (parts[0].starts_with('/') || parts[0].starts_with('.'))
    return in.problem(node, "a folder of the machine cannot be mounted: give a volume's name before the ':'");
  add_volume(in, node, {std::string(parts[0]), std::string(parts[1]), is_read_only});
}

void read_volume(Reading& in, const Yaml& node) {
  if (node.is_scalar()) return read_volume_text(in, node);
  if (!in.mapping(node, "each of volumes")) return;
  Volume volume;
  const std::array keys{
      Key{"name", [&](Reading& to, const Yaml& value) { volume.name = to.text(value, "a volume's name").value_or(""); }},
      Key{"target", [&](Reading& to, const Yaml& value) { volume.target = to.text(value, "a volume's target").value_or(""); }},
      Key{"read_only", [&](Reading& to, const Yaml& value) { volume.read_only = to.flag(value, "a volume's read_only").value_or(false); }}};
  read_keys(in, node, keys, "volumes.");
  add_volume(in, node, std::move(volume));
}

void read_volumes(Reading& in, const Yaml& node) {
  if (!node.is_sequence()) return in.problem(node, "volumes must be a list, such as [\"data:/var/lib/data\"]");
  for (const auto& child : node.children) read_volume(in, child);
}

void read_tmpfs(Reading& in, const Yaml& node) {
  for (auto& path : in.texts(node, "tmpfs"))
    if (check_container_path(in, node, path, "tmpfs")) in.config.tmpfs.push_back(std::move(path));
}

// Those that stay inside the container's own namespaces.
constexpr std::array<std::string_view, 16> kCapabilities{"AUDIT_WRITE", "CHOWN",  "DAC_OVERRIDE", "FOWNER",  "FSETID",  "IPC_LOCK", "KILL",      "MKNOD",
                                                         "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID",   "SYS_CHROOT", "SYS_NICE"};

void read_capabilities(Reading& in, const Yaml& node) {
  for (const auto& text : in.texts(node, "security.capabilities")) {
    auto name = text.starts_with("CAP_") ? text.substr(4) : text;
    if (std::ranges::find(kCapabilities, name) != kCapabilities.end()) {
      in.config.privileges.capabilities.push_back(std::move(name));
      continue;
    }
    auto meant = nearest(name, kCapabilities);
    in.problem(node, fmt::format("the capability '{}' cannot be given{}", printable(name), meant ? fmt::format(", did you mean '{}'?", *meant) : ""));
  }
}

Key privilege(std::string_view name, std::string_view field, bool Privileges::* member) {
  return {name, [=](Reading& in, const Yaml& node) { in.config.privileges.*member = in.flag(node, field).value_or(false); }};
}

void read_security(Reading& in, const Yaml& node) {
  static const std::array keys{privilege("writable_root", "security.writable_root", &Privileges::writable_root),
                               privilege("run_as_root", "security.run_as_root", &Privileges::run_as_root),
                               privilege("new_privileges", "security.new_privileges", &Privileges::new_privileges),
                               Key{"capabilities", read_capabilities}};
  if (!in.first(node, "security")) return;
  if (in.mapping(node, "security")) read_keys(in, node, keys, "security.");
}

// What an application is, whether at the top or under deployment.application.
const std::vector<Key>& application_keys() {
  static const std::vector<Key> keys{
      {"name", read_name},
      {"port", number_into(&AppConfig::port, "port", 1, 65535)},
      {"env", read_env},
      {"env_vars", read_env},
      {"resources", read_resources},
      {"limits", read_limits},
      {"replicas", number_into(&AppConfig::replicas, "replicas", 1, 100)},
      {"domain", read_domains},
      {"domains", read_domains},
      {"health", read_health},
      {"build", read_build},
      {"start", text_into(&AppConfig::start_command, "start")},
      {"release", text_into(&AppConfig::release_command, "release")},
      {"volumes", read_volumes},
      {"tmpfs", read_tmpfs},
      {"security", read_security},
      {"drain_timeout", time_into(&AppConfig::drain_timeout, "drain_timeout", 0ms, kHour)},
      {"stop_timeout", time_into(&AppConfig::stop_timeout, "stop_timeout", 0ms, kHour)},
  };
  return keys;
}

// A key that is understood and cannot be honoured here; `false` asks for nothing.
Key lossy(std::string_view name, std::string field, std::string reason) {
  return {name, [=](Reading& in, const Yaml& node) {
            if (node.boolean() != false) in.loss(node, field, reason);
          }};
}

void read_networking(Reading& in, const Yaml& node) {
  static const std::array keys{Key{"domain", read_domains}, Key{"domains", read_domains},
                               lossy("ssl", "deployment.networking.ssl", "routes are plain HTTP here; put a TLS terminator in front"),
                               lossy("ssl_provider", "deployment.networking.ssl_provider", "certificates are not obtained here")};
  if (in.mapping(node, "deployment.networking")) read_keys(in, node, keys, "deployment.networking.");
}

void read_application(Reading& in, const Yaml& node) {
  static const auto keys = [] {
    auto all = application_keys();
    all.push_back(lossy("autoscaling", "deployment.application.autoscaling", "replicas are started as 'replicas' says; they do not follow the load"));
    return all;
  }();
  if (in.mapping(node, "deployment.application")) read_keys(in, node, keys, "deployment.application.");
}

void read_deployment(Reading& in, const Yaml& node) {
  static const std::array keys{
      Key{"application", read_application}, Key{"networking", read_networking},
      lossy("cloud_provider", "deployment.cloud_provider", "the application runs on this machine, no cloud is provisioned"),
      lossy("region", "deployment.region", "the application runs on this machine, no cloud is provisioned"),
      lossy("kubernetes", "deployment.kubernetes", "the application runs on Podman, no cluster is provisioned")};
  if (in.mapping(node, "deployment")) read_keys(in, node, keys, "deployment.");
}

}  // namespace

Result<AppConfig> parse(std::string_view text, std::string_view file_name) {
  static const auto keys = [] {
    auto all = application_keys();
    all.push_back({"deployment", read_deployment});
    return all;
  }();
  auto root = TRY(parse_yaml(text, file_name, {.bytes = 1 << 20, .nodes = 20'000}));
  AppConfig config{.file = std::string(file_name)};
  Reading in(config, file_name);
  if (!root.is_null() && in.mapping(root, file_name)) read_keys(in, root, keys, "");
  TRY(in.status());
  for (const auto& child : root.children) config.keys.push_back(child.key);
  return config;
}

}  // namespace podwright::config
