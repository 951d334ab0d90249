#include "format/ignore.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright {

namespace {

// One "[…]" set; advances `pattern` behind it. A set that never closes matches nothing.
bool set_matches(std::string_view& pattern, char c) {
  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool hit = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    hit = hit || (low <= c && c <= high);
  }
  if (at >= pattern.size()) {
    pattern = {};
    return false;
  }
  pattern.remove_prefix(at + 1);
  return hit != negated && c != '/';
}

// Steps bound the work on patterns made to backtrack for ever.
bool match(std::string_view pattern, std::string_view path, int& steps) {
  while (!pattern.empty()) {
    if (--steps < 0) return false;
    if (pattern.starts_with("**/")) {
      const std::string_view rest = pattern.substr(3);
      for (size_t at = 0;; ++at) {
        if (match(rest, path.substr(at), steps)) return true;
        at = path.find('/', at);
        if (at == std::string_view::npos || steps < 0) return false;
      }
    }
    if (pattern[0] == '*') {
      const bool deep = pattern.starts_with("**");
      const std::string_view rest = pattern.substr(deep ? 2 : 1);
      for (size_t at = 0; at <= path.size() && steps >= 0; ++at) {
        if (match(rest, path.substr(at), steps)) return true;
        if (at < path.size() && path[at] == '/' && !deep) return false;
      }
      return false;
    }
    if (path.empty()) return false;
    const char c = path[0];
    if (pattern[0] == '[') {
      if (!set_matches(pattern, c)) return false;
    } else {
      const bool quoted = pattern[0] == '\\' && pattern.size() > 1;
      if (quoted) pattern.remove_prefix(1);
      const bool any = !quoted && pattern[0] == '?' && c != '/';
      if (pattern[0] != c && !any) return false;
      pattern.remove_prefix(1);
    }
    path.remove_prefix(1);
  }
  return path.empty();
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  // Most patterns are a plain name or "*.suffix".
  constexpr std::string_view kSpecial = "*?[\\";
  const size_t special = pattern.find_first_of(kSpecial);
  if (special == std::string_view::npos) return pattern == path;
  const std::string_view rest = pattern.substr(1);
  const bool is_suffix = special == 0 && pattern[0] == '*' && rest.find_first_of(kSpecial) == std::string_view::npos;
  if (is_suffix && path.find('/') == std::string_view::npos) return path.ends_with(rest);
  int steps = 20'000;
  return match(pattern, path, steps);
}

void IgnoreRules::add(std::string_view text, std::string_view folder, IgnoreStyle style) {
  constexpr size_t kMaxRules = 10'000;
  for (std::string_view line : split_lines(text)) {
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (style == IgnoreStyle::docker) line = trim(line);
    if (line.empty() || line[0] == '#' || rules_.size() >= kMaxRules) continue;
    Rule rule;
    rule.folder = folder.empty() || folder == "." ? "" : std::string(folder) + "/";
    rule.negated = line[0] == '!';
    if (rule.negated) line.remove_prefix(1);
    rule.only_folders = line.ends_with('/') && style == IgnoreStyle::git;
    while (line.ends_with('/')) line.remove_suffix(1);
    rule.any_depth = style == IgnoreStyle::git && line.find('/') == std::string_view::npos;
    rule.with_parents = style == IgnoreStyle::docker;
    if (line.starts_with("./")) line.remove_prefix(2);
    if (line.starts_with('/')) line.remove_prefix(1);
    rule.pattern = line;
    if (!rule.pattern.empty()) rules_.push_back(std::move(rule));
  }
}

bool IgnoreRules::matches(const Rule& rule, std::string_view path, bool is_folder) {
  if (!path.starts_with(rule.folder)) return false;
  path.remove_prefix(rule.folder.size());
  if (rule.only_folders && !is_folder) return false;
  if (rule.any_depth) return glob_matches(rule.pattern, path.substr(path.rfind('/') + 1));
  if (glob_matches(rule.pattern, path)) return true;
  if (!rule.with_parents) return false;
  for (size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    if (glob_matches(rule.pattern, path.substr(0, at))) return true;
  }
  return false;
}

bool IgnoreRules::ignored(std::string_view path, bool is_folder) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (matches(*rule, path, is_folder)) return !rule->negated;
  }
  return false;
}

bool IgnoreRules::takes_back() const {
  return std::any_of(rules_.begin(), rules_.end(), [](const Rule& rule) { return rule.negated; });
}

}  // namespace podwright
