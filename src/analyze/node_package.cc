#include "analyze/node_package.hh"

#include <boost/json.hpp>

#include "analyze/scan.hh"
#include "base/text.hh"
#include "format/json.hh"

namespace podwright::analyze {

namespace {

namespace bj = boost::json;

std::map<std::string, std::string> texts_of(const bj::value& root, std::initializer_list<std::string_view> path) {
  std::map<std::string, std::string> found;
  for (const std::string& key : json::keys_at(root, path)) {
    const auto* value = json::find(*json::find(root, path), {key});
    const auto* text = value ? value->if_string() : nullptr;
    found[key] = text ? std::string(text->data(), text->size()) : "";
  }
  return found;
}

Package package_from(const bj::value& root) {
  Package package;
  package.name = json::text_at(root, {"name"});
  package.main = json::text_at(root, {"main"});
  package.is_module = json::text_at(root, {"type"}) == "module";
  package.scripts = texts_of(root, {"scripts"});
  package.dependencies = texts_of(root, {"dependencies"});
  package.dev_dependencies = texts_of(root, {"devDependencies"});
  package.engines = texts_of(root, {"engines"});
  package.package_manager = json::text_at(root, {"packageManager"});
  package.volta_node = json::text_at(root, {"volta", "node"});
  if (package.volta_node.empty() && json::text_at(root, {"devEngines", "runtime", "name"}) == "node") {
    package.volta_node = json::text_at(root, {"devEngines", "runtime", "version"});
  }
  package.workspaces = json::texts_at(root, {"workspaces"});
  if (package.workspaces.empty()) package.workspaces = json::texts_at(root, {"workspaces", "packages"});
  return package;
}

}  // namespace

bool Package::depends_on(std::string_view wanted) const { return dependencies.contains(std::string(wanted)); }

bool Package::uses(std::string_view wanted) const {
  return depends_on(wanted) || dev_dependencies.contains(std::string(wanted));
}

std::string_view Package::script(std::string_view wanted) const {
  const auto found = scripts.find(std::string(wanted));
  return found == scripts.end() ? std::string_view() : trim(found->second);
}

int Package::script_line(std::string_view wanted) const {
  const size_t scripts_at = text.find("\"scripts\"");
  const size_t at = text.find(fmt::format("\"{}\"", wanted), scripts_at == std::string_view::npos ? 0 : scripts_at + 9);
  return at == std::string_view::npos ? 0 : line_at(text, at);
}

std::optional<Package> read_package(const Folder& folder, std::string_view file) {
  if (folder.has(file)) {
    const std::string_view text = folder.read(file);
    const auto root = json::parse(text, file, json::Dialect::relaxed);
    Package package = root ? package_from(*root) : Package{};
    package.file = file;
    package.text = text;
    return package;
  }
  if (!folder.has("package-lock.json")) return std::nullopt;
  const auto lock = json::parse(folder.read("package-lock.json"), "package-lock.json", json::Dialect::relaxed);
  const auto* root = lock ? json::find(*lock, {"packages", ""}) : nullptr;
  Package package = root ? package_from(*root) : Package{};
  if (lock && package.dependencies.empty() && package.dev_dependencies.empty()) {
    package.dependencies = texts_of(*lock, {"dependencies"});  // version 1 of the format lists all, also nested ones
  }
  return package;
}

std::string service_name(const Package& package) {
  return std::string(std::string_view(package.name).substr(package.name.rfind('/') + 1));
}

}  // namespace podwright::analyze
