// Workspaces of npm, yarn, pnpm and bun: who is a member, and what must be built before it.
#pragma once

#include <string>
#include <vector>

#include "analyze/node_manager.hh"

namespace podwright::analyze {

// Whether this folder's manifest coordinates packages below it.
bool is_workspace_root(const Folder& folder, const Package& package);

// Commands that build the workspace packages which this one depends on, dependencies first: "(cd ../ui && npm run
// build)". Run in the folder.
std::vector<std::string> builds_before(const Folder& folder, const Package& package, const Manager& manager);

}  // namespace podwright::analyze
