#include "analyze/node_manager.hh"

#include <algorithm>
#include <array>

#include "analyze/detector.hh"
#include "analyze/scan.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Lock {
  std::string_view file;
  std::string_view manager;
};

constexpr std::array kLocks = {Lock{"pnpm-lock.yaml", "pnpm"}, Lock{"bun.lock", "bun"},           Lock{"bun.lockb", "bun"},
                               Lock{"yarn.lock", "yarn"},      Lock{"package-lock.json", "npm"}, Lock{"npm-shrinkwrap.json", "npm"}};

std::string_view lock_file_of(const Folder& folder, std::string_view manager, std::string& path) {
  for (const Lock& lock : kLocks) {
    if (!manager.empty() && lock.manager != manager) continue;
    path = folder.nearest_up(lock.file);
    if (!path.empty()) return lock.manager;
  }
  return {};
}

// The nearest lock file wins over one further up; in one folder the table's order decides.
std::string_view nearest_lock(const Folder& folder, std::string& path) {
  std::string_view manager;
  for (const Lock& lock : kLocks) {
    const std::string found = folder.nearest_up(lock.file);
    if (!found.empty() && (path.empty() || folder_of(found).size() > folder_of(path).size())) {
      path = found;
      manager = lock.manager;
    }
  }
  return manager;
}

bool is_manager(std::string_view name) { return name == "npm" || name == "pnpm" || name == "yarn" || name == "bun"; }

// "packageManager" of this package or of the workspace above, as {name, version}.
std::pair<std::string, std::string> declared(const Folder& folder, const Package& package, std::string& file) {
  std::string text = package.package_manager;
  file = folder.in_source("package.json");
  if (text.empty() && folder.path() != "." && !folder.tree().read("package.json").empty()) {
    const Folder top(folder.tree(), ".");
    const auto above = read_package(top);
    if (above && !above->package_manager.empty() && (!above->workspaces.empty() || top.has("pnpm-workspace.yaml"))) {
      text = above->package_manager;
      file = "package.json";
    }
  }
  const size_t at = text.find('@', 1);
  return {text.substr(0, at), at == std::string::npos ? "" : text.substr(at + 1)};
}

bool is_modern(const Folder& folder, std::string_view version, const std::string& lock) {
  if (!version.empty()) return version_number(version).substr(0, 2) != "1.";
  return folder.tree().read(lock).substr(0, 2000).find("__metadata:") != std::string_view::npos ||
         !folder.nearest_up(".yarnrc.yml").empty();
}

std::string manager_by_hint(const Folder& folder, const Package& package) {
  for (const std::string_view name : {"pnpm", "bun", "yarn"}) {
    if (package.engines.contains(std::string(name))) return std::string(name);
  }
  if (!folder.nearest_up("pnpm-workspace.yaml").empty()) return "pnpm";
  if (folder.has("bunfig.toml") || package.uses("@types/bun") || package.uses("bun-types")) return "bun";
  if (folder.has(".yarnrc.yml") || folder.has(".yarnrc")) return "yarn";
  return "npm";
}

}  // namespace

Manager choose_manager(const Folder& folder, const Package& package) {
  Manager manager;
  std::string file;
  const auto [name, version] = declared(folder, package, file);
  if (is_manager(name)) {
    manager.name = name;
    manager.said_by = file;
    lock_file_of(folder, name, manager.lock);
  } else if (const auto by_lock = nearest_lock(folder, manager.lock); !by_lock.empty()) {
    manager.name = by_lock;
    manager.said_by = manager.lock;
  } else {
    manager.name = manager_by_hint(folder, package);
  }
  manager.modern_yarn = manager.name == "yarn" && is_modern(folder, version, manager.lock);
  manager.in_workspace = !manager.lock.empty() && folder.path() != "." && folder_of(manager.lock) != folder.path();
  return manager;
}

std::string install_command(const Manager& manager) {
  const bool locked = !manager.lock.empty();
  if (manager.name == "pnpm") return locked ? "pnpm install --frozen-lockfile" : "pnpm install";
  if (manager.name == "bun") return locked ? "bun install --frozen-lockfile" : "bun install";
  if (manager.name == "yarn") {
    if (!locked) return "yarn install";
    return manager.modern_yarn ? "yarn install --immutable" : "yarn install --frozen-lockfile";
  }
  return locked ? "npm ci" : "npm install";
}

std::string run_script(const Manager& manager, std::string_view script) {
  return fmt::format("{} run {}", manager.name, script);
}

std::string run_tool(const Manager& manager, std::string_view tool) {
  if (manager.name == "pnpm") return fmt::format("pnpm exec {}", tool);
  if (manager.name == "yarn") return fmt::format("yarn {}", tool);
  if (manager.name == "bun") return fmt::format("bunx {}", tool);
  return fmt::format("npx {}", tool);
}

namespace {

bool runs_code_at_install(const Package& package) {
  return std::any_of(package.scripts.begin(), package.scripts.end(), [](const auto& script) {
    return script.first == "preinstall" || script.first == "install" || script.first == "postinstall" ||
           script.first == "prepare";
  });
}

// What the install reads, so that it stays cached while only sources change. Empty when scripts of its own run then.
std::vector<std::string> manifest_files(const Folder& folder, const Package& package, const Manager& manager) {
  if (runs_code_at_install(package)) return {};
  std::vector<std::string> files;
  const Folder top(folder.tree(), manager.in_workspace ? folder_of(manager.lock) : folder.path());
  for (const std::string_view name : {"package.json", ".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml", ".pnpmfile.cjs"}) {
    if (top.has(name)) files.push_back(top.in_source(name));
  }
  if (!manager.lock.empty()) files.push_back(manager.lock);
  if (manager.in_workspace || !package.workspaces.empty() || top.has("pnpm-workspace.yaml")) {
    for (const std::string_view file : top.ending({"/package.json"}, 500)) files.push_back(top.in_source(file));
  }
  for (const std::string_view file : top.files()) {
    if (file.starts_with("patches/") || file.starts_with("prisma/schema")) files.push_back(top.in_source(file));
  }
  return files;
}

}  // namespace

void apply_manager(BuildPlan& plan, const Folder& folder, const Package& package, const Manager& manager) {
  plan.package_manager = manager.name;
  if (!manager.said_by.empty()) {
    plan.evidence.push_back({"packageManager", manager.name, manager.said_by,
                             manager.said_by.ends_with("package.json") ? line_of(folder.tree().read(manager.said_by), "\"packageManager\"") : 0, 1.0});
  }
  const bool has_packages = !package.dependencies.empty() || !package.dev_dependencies.empty() || !package.workspaces.empty();
  if (package.file.empty() && manager.lock.empty()) return;
  plan.install_command = install_command(manager);
  if (manager.lock.empty() && has_packages) {
    plan.warnings.push_back(fmt::format("no lock file: {} installs what is newest today; commit one to get the same again", manager.name));
  }
  plan.build_from_source_root = manager.in_workspace;
  plan.manifest_files = manifest_files(folder, package, manager);
  const std::string_view cache = manager.name == "pnpm"  ? "/root/.local/share/pnpm/store"
                                 : manager.name == "bun" ? "/root/.bun/install/cache"
                                 : manager.name == "npm" ? "/root/.npm"
                                 : manager.modern_yarn   ? "/root/.yarn/berry/cache"
                                                         : "/usr/local/share/.cache/yarn";
  plan.caches.push_back({std::string(cache)});
}

}  // namespace podwright::analyze
