// Which package manager a JavaScript project uses, and how it installs with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyze/node_package.hh"
#include "model/build_plan.hh"

namespace podwright::analyze {

struct Manager {
  std::string name;          // npm pnpm yarn bun
  std::string lock;          // relative to the source; "" when there is none
  std::string said_by;       // the file that decided, relative to the source
  bool modern_yarn = false;  // 2 and above
  bool in_workspace = false; // the lock file lies above: the folder is a member of a workspace
};

Manager choose_manager(const Folder& folder, const Package& package);

std::string install_command(const Manager& manager);
std::string run_script(const Manager& manager, std::string_view script);  // "pnpm run build"
std::string run_tool(const Manager& manager, std::string_view tool);      // "npx next start"

// Install command, caches, manifest files, warnings about a missing lock file.
void apply_manager(BuildPlan& plan, const Folder& folder, const Package& package, const Manager& manager);

}  // namespace podwright::analyze
