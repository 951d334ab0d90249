// A package.json as the rules for node and bun ask for it. When only a package-lock.json is there, its root package
// stands in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/folder.hh"

namespace podwright::analyze {

struct Package {
  std::string file;  // "package.json", or "" when there is none
  std::string_view text;
  std::string name;
  std::string main;
  bool is_module = false;  // "type": "module"
  std::map<std::string, std::string> scripts;
  std::map<std::string, std::string> dependencies;
  std::map<std::string, std::string> dev_dependencies;
  std::map<std::string, std::string> engines;
  std::string package_manager;  // "pnpm@9.1.0"
  std::string volta_node;
  std::vector<std::string> workspaces;  // globs

  bool depends_on(std::string_view name) const;      // at run time
  bool uses(std::string_view name) const;            // at run time or for development
  std::string_view script(std::string_view name) const;
  int script_line(std::string_view name) const;
};

std::optional<Package> read_package(const Folder& folder, std::string_view file = "package.json");

// The package's name as a service would be called: without its scope.
std::string service_name(const Package& package);

}  // namespace podwright::analyze
