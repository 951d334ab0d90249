// Patterns of .gitignore and .dockerignore. Source: gitignore(5), and "Dockerfile reference: .dockerignore file".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace podwright {

enum class IgnoreStyle {
  git,     // a pattern without '/' matches at any depth; relative to the folder of its file
  docker,  // every pattern is anchored at the context's root
};

// The rules of one tree, gathered from one or several files; a later rule wins, "!" takes a path back in.
class IgnoreRules {
 public:
  // `folder` is where the file lies, relative to the tree's root: "" for the root itself, else "a/b".
  void add(std::string_view text, std::string_view folder = "", IgnoreStyle style = IgnoreStyle::git);

  // Whether the rules exclude this path, relative to the tree's root. A path below an excluded folder is excluded too
  // when the caller walks from the top and does not enter it; with docker rules also the parents are tried.
  bool ignored(std::string_view path, bool is_folder) const;

  bool empty() const { return rules_.empty(); }
  bool takes_back() const;  // some rule starts with "!", so excluded folders may hold wanted files

 private:
  struct Rule {
    std::string folder;   // with a final '/', or empty
    std::string pattern;
    bool negated = false;
    bool only_folders = false;
    bool any_depth = false;  // matched against the last component
    bool with_parents = false;
  };
  static bool matches(const Rule& rule, std::string_view path, bool is_folder);

  std::vector<Rule> rules_;
};

// A shell-like pattern against a path: "*" and "?" stop at '/', "**" does not, "[a-z]" is a set, '\' quotes.
bool glob_matches(std::string_view pattern, std::string_view path);

}  // namespace podwright
