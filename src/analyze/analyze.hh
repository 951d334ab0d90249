// From a file tree to a BuildPlan with evidence. Pure over the tree: offline, one walk, executes nothing.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "model/build_plan.hh"

namespace podwright::analyze {

// A listing made once; contents are read when a rule asks, each at most once and at most 1 MiB of it.
class Tree {
 public:
  virtual ~Tree() = default;
  virtual const std::vector<std::string>& files() const = 0;  // relative paths, sorted, regular files only
  virtual std::string_view read(std::string_view path) const = 0;  // "" when missing or unreadable; cached
};

// Walks `root`: skips .git, node_modules, vendor folders and what .gitignore excludes; never follows a symlink out of
// the tree. Errors: not_found, exhausted (more than 500,000 files).
Result<std::unique_ptr<Tree>> open_tree(const std::filesystem::path& root);

// For tests: path → content.
std::unique_ptr<Tree> memory_tree(std::map<std::string, std::string> files);

// Error{invalid} with a helpful hint when nothing deployable was recognised.
Result<Analysis> analyze(const Tree& tree);

// The plan for one folder of the tree (`--path`), "." for the whole.
Result<Analysis> analyze(const Tree& tree, std::string_view path);

// What `--explain` prints: every decision with file:line, the runners-up and the warnings.
std::string explain(const Analysis& analysis);

}  // namespace podwright::analyze
