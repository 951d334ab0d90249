#include "analyze/hints.hh"

#include <array>
#include <boost/json.hpp>

#include "analyze/scan.hh"
#include "base/text.hh"
#include "format/json.hh"

namespace podwright::analyze {

namespace {

// One "key: value" or "key = value" of a YAML or TOML line; these files are only searched, not understood as a whole.
struct Entry {
  size_t indent = 0;
  bool item = false;  // behind "- "
  std::string_view key;
  std::string_view value;
  int line = 0;
};

std::string_view plain(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'')) {
    const size_t end = value.find(value[0], 1);
    return end == std::string_view::npos ? std::string_view() : value.substr(1, end - 1);
  }
  return trim(value.substr(0, value.find(" #")));
}

std::vector<Entry> entries(std::string_view text, char separator) {
  std::vector<Entry> found;
  int number = 0;
  for (const std::string_view raw : split_lines(text)) {
    ++number;
    std::string_view line = trim(raw);
    if (line.empty() || line[0] == '#' || found.size() > 5000) continue;
    Entry entry{.indent = raw.find_first_not_of(" \t"), .item = false, .key = {}, .value = {}, .line = number};
    if (line.starts_with("- ")) {
      entry.item = true;
      line = trim(line.substr(2));
    }
    const size_t at = line[0] == '"' || line[0] == '\'' ? std::string_view::npos : line.find(separator);
    entry.key = at == std::string_view::npos ? line : trim(line.substr(0, at));
    entry.value = at == std::string_view::npos ? std::string_view() : plain(line.substr(at + 1));
    found.push_back(entry);
  }
  return found;
}

std::optional<StartHint> in_json(const Folder& folder, std::string_view file, std::initializer_list<std::string_view> path) {
  if (!folder.has(file)) return std::nullopt;
  const auto root = json::parse(folder.read(file), file, json::Dialect::relaxed);
  const std::string command(root ? json::text_at(*root, path) : "");
  if (command.empty()) return std::nullopt;
  return StartHint{command, std::string(file), line_of(folder.read(file), "\"" + std::string(*(path.end() - 1)) + "\"")};
}

std::optional<StartHint> in_toml(const Folder& folder, std::string_view file, std::string_view table, std::string_view key) {
  bool inside = false;
  for (const Entry& entry : entries(folder.read(file), '=')) {
    if (entry.key.starts_with('[')) inside = entry.key == table;
    else if (inside && entry.key == key && !entry.value.empty()) return StartHint{std::string(entry.value), std::string(file), entry.line};
  }
  return std::nullopt;
}

std::optional<StartHint> in_yaml(const Folder& folder, std::string_view file, std::string_view key, bool top_level) {
  std::optional<StartHint> found;
  for (const Entry& entry : entries(folder.read(file), ':')) {
    if (entry.key != key || entry.value.empty() || (top_level && entry.indent > 0)) continue;
    if (found) return std::nullopt;  // several services: it is not clear which one this is
    found = StartHint{std::string(entry.value), std::string(file), entry.line};
  }
  return found;
}

}  // namespace

std::optional<StartHint> find_start_hint(const Folder& folder) {
  if (auto hint = in_json(folder, "railway.json", {"deploy", "startCommand"})) return hint;
  if (auto hint = in_toml(folder, "railway.toml", "[deploy]", "startCommand")) return hint;
  if (auto hint = in_json(folder, "railpack.json", {"deploy", "startCommand"})) return hint;
  if (auto hint = in_toml(folder, "nixpacks.toml", "[start]", "cmd")) return hint;
  if (auto hint = in_json(folder, "nixpacks.json", {"start", "cmd"})) return hint;
  if (auto hint = in_yaml(folder, "app.yaml", "entrypoint", true)) return hint;
  if (auto hint = in_yaml(folder, "heroku.yml", "web", false); hint && hint->command != "Dockerfile") return hint;
  return in_yaml(folder, "render.yaml", "startCommand", false);
}

namespace {

int port_number(std::string_view text) {
  const auto value = parse_integer(text.substr(0, text.find_first_not_of("0123456789")));
  return value && *value > 0 && *value <= 65535 ? static_cast<int>(*value) : 0;
}

// "8080:80/tcp" → 80, "127.0.0.1:80:80" → 80, "${PORT:-1}:3000" → 3000, "80" → 80.
int container_port(std::string_view mapping) {
  if (mapping.size() >= 2 && (mapping[0] == '"' || mapping[0] == '\'')) mapping = mapping.substr(1, mapping.size() - 2);
  return port_number(mapping.substr(mapping.rfind(':') + 1));
}

struct ComposeService {
  bool built = false;
  PortHint port;
};

std::vector<ComposeService> compose_services(std::string_view text, std::string_view file) {
  std::vector<ComposeService> services;
  bool in_services = false, in_ports = false;
  size_t depth = 0;
  for (const Entry& entry : entries(text, ':')) {
    if (entry.indent == 0) {
      in_services = entry.key == "services";
      depth = 0;
      continue;
    }
    if (!in_services) continue;
    if (depth == 0) depth = entry.indent;
    if (entry.indent == depth) {
      services.emplace_back();
      in_ports = false;
      continue;
    }
    if (services.empty()) continue;
    ComposeService& service = services.back();
    if (!entry.item) in_ports = entry.key == "ports" || (in_ports && entry.indent > depth * 2);
    if (entry.key == "build") service.built = true;
    if (!in_ports || service.port.port) continue;
    const std::string_view mapping = entry.item && entry.key != "target" && entry.value.empty() ? entry.key
                                     : entry.key == "target" ? entry.value
                                     : entry.item ? std::string_view(entry.key.data(), static_cast<size_t>(entry.value.data() + entry.value.size() - entry.key.data()))
                                                  : std::string_view();
    if (const int port = container_port(mapping)) service.port = {port, std::string(file), entry.line};
  }
  return services;
}

}  // namespace

std::optional<PortHint> find_port_hint(const Folder& folder) {
  for (const Entry& entry : entries(folder.read("fly.toml"), '=')) {
    const int port = entry.key == "internal_port" ? port_number(entry.value) : 0;
    if (port) return PortHint{port, "fly.toml", entry.line};
  }
  for (const std::string_view file : {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}) {
    std::optional<PortHint> found;
    int built = 0;
    for (const ComposeService& service : compose_services(folder.read(file), file)) {
      built += service.built ? 1 : 0;
      if (service.built && service.port.port) found = service.port;
    }
    if (found && built == 1) return found;
  }
  return std::nullopt;
}

}  // namespace podwright::analyze
