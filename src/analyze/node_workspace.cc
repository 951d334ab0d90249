#include "analyze/node_workspace.hh"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hh"

namespace podwright::analyze {

bool is_workspace_root(const Folder& folder, const Package& package) {
  if (!package.workspaces.empty() || folder.has("pnpm-workspace.yaml") || folder.has("lerna.json")) return true;
  return (folder.has("turbo.json") || folder.has("nx.json")) && !folder.ending({"/package.json"}, 1).empty();
}

namespace {

struct Member {
  std::string folder;  // relative to the source
  Package package;
};

std::map<std::string, Member> members(const Tree& tree, const std::string& workspace) {
  std::map<std::string, Member> found;
  const Folder top(tree, workspace);
  for (const std::string_view file : top.ending({"/package.json"}, 300)) {
    const Folder folder(tree, top.in_source(folder_of(file)));
    if (auto package = read_package(folder); package && !package->name.empty()) {
      const std::string name = package->name;
      found.try_emplace(name, Member{folder.path(), *std::move(package)});
    }
  }
  return found;
}

// "apps/web" → "packages/ui": "../../packages/ui".
std::string way(const std::string& from, const std::string& to) {
  std::string up;
  for (size_t i = 0; i < split(from, '/').size(); ++i) up += "../";
  return up + to;
}

struct Walk {
  const std::map<std::string, Member>& all;
  const Manager& manager;
  const std::string& from;
  std::set<std::string> seen = {};
  std::vector<std::string> commands = {};

  void visit(const Package& package, int depth) {
    if (depth > 32) return;
    for (const auto* dependencies : {&package.dependencies, &package.dev_dependencies}) {
      for (const auto& [name, version] : *dependencies) {
        const auto member = all.find(name);
        if (member == all.end() || !seen.insert(name).second) continue;
        visit(member->second.package, depth + 1);
        if (member->second.package.script("build").empty()) continue;
        commands.push_back(fmt::format("(cd {} && {})", way(from, member->second.folder), run_script(manager, "build")));
      }
    }
  }
};

}  // namespace

std::vector<std::string> builds_before(const Folder& folder, const Package& package, const Manager& manager) {
  if (!manager.in_workspace) return {};
  const auto all = members(folder.tree(), std::string(folder_of(manager.lock)));
  const std::string from = folder.path();
  Walk walk{all, manager, from};
  walk.seen.insert(package.name);
  walk.visit(package, 0);
  return walk.commands;
}

}  // namespace podwright::analyze
