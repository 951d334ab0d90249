// A folder of this machine as a source: what it is called and whether a build may see it.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/result.hh"

namespace podwright::source {

// The commit of a folder that is used in place: "<sha>" when git tracks it and nothing differs, "<sha>-dirty" when
// something does, "tree-<16 hex>" without git. Refuses what check_tree() refuses, of what is not ignored.
// Nothing of the repository is executed: its hooks, fsmonitor and filters are off, its submodules are not looked into.
Result<std::string> local_commit(const std::filesystem::path& folder, std::stop_token stop);

}  // namespace podwright::source
