// One walk over a source tree: refuses what must not reach a build, and names the tree's state.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hh"

namespace podwright::source {

struct TreeBounds {
  size_t entries = 500'000;
  int depth = 128;
  long long bytes = 8LL << 30;
  bool whole = false;  // check and hash also what is_skipped_folder() names: for trees from outside
};

// Folders that are never source: .git and what package managers and virtual environments put beside it.
bool is_skipped_folder(const std::filesystem::path& folder);

// Refuses, with the path shown inert: symbolic links that leave the tree, devices, FIFOs and sockets (Error{denied}),
// and trees beyond the bounds (Error{exhausted}). Answers "tree-<16 hex>", a hash of (path, type, mode, size, mtime).
// Skipped folders are neither checked nor hashed, unless bounds.whole.
Result<std::string> check_tree(const std::filesystem::path& root, const TreeBounds& bounds, std::stop_token stop);

// The same checks for these paths only, relative to root: what git says belongs to the source. A missing one is fine.
Status check_paths(const std::filesystem::path& root, const std::vector<std::string>& paths, const TreeBounds& bounds);

}  // namespace podwright::source
