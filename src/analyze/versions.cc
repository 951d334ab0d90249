#include "analyze/versions.hh"

#include <algorithm>
#include <cctype>

#include "analyze/detector.hh"
#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// The first line that says something, without a comment.
std::string_view first_line(std::string_view text) {
  for (std::string_view line : split_lines(text)) {
    line = trim(line.substr(0, line.find('#')));
    if (!line.empty()) return line;
  }
  return {};
}

std::optional<VersionFinding> from_tool_versions(const Folder& folder, std::string_view tool) {
  const std::string path = folder.nearest_up(".tool-versions");
  if (path.empty()) return std::nullopt;
  int number = 0;
  for (const std::string_view line : split_lines(folder.tree().read(path))) {
    ++number;
    const auto words = split_words(line.substr(0, line.find('#')));
    if (words.size() >= 2 && words[0] == tool) return VersionFinding{std::string(words[1]), path, number};
  }
  return std::nullopt;
}

// node = "22", node = ["22", "20"], node = { version = "22" }; under [tools].
std::optional<VersionFinding> from_mise(const Folder& folder, std::string_view file, std::string_view tool) {
  const std::string path = folder.nearest_up(file);
  if (path.empty()) return std::nullopt;
  int number = 0;
  bool in_tools = false;
  for (std::string_view line : split_lines(folder.tree().read(path))) {
    ++number;
    line = trim(line);
    if (line.starts_with('[')) in_tools = line.starts_with("[tools]");
    const size_t equals = line.find('=');
    if (!in_tools || equals == std::string_view::npos || unquoted(line.substr(0, equals)) != tool) continue;
    std::string_view value = line.substr(equals + 1);
    if (const size_t key = value.find("version"); key != std::string_view::npos) value = value.substr(key);
    if (const auto text = first_string(value)) return VersionFinding{std::string(*text), path, number};
  }
  return std::nullopt;
}

}  // namespace

std::optional<VersionFinding> find_version(const Folder& folder, std::initializer_list<std::string_view> files,
                                           std::initializer_list<std::string_view> tools) {
  for (const std::string_view file : files) {
    const std::string path = folder.nearest_up(file);
    const std::string_view text = path.empty() ? std::string_view() : first_line(folder.tree().read(path));
    if (!text.empty() && text.size() < 100) return VersionFinding{std::string(text), path, 1};
  }
  for (const std::string_view tool : tools) {
    if (auto found = from_tool_versions(folder, tool)) return found;
    for (const std::string_view mise : {"mise.toml", ".mise.toml", ".config/mise.toml", "mise/config.toml"}) {
      if (auto found = from_mise(folder, mise, tool)) return found;
    }
  }
  return std::nullopt;
}

std::string version_number(std::string_view constraint) {
  const size_t start = constraint.find_first_of("0123456789");
  if (start == std::string_view::npos) return "";
  size_t end = start;
  while (end < constraint.size() && (std::isdigit(static_cast<unsigned char>(constraint[end])) || constraint[end] == '.')) ++end;
  std::string number(constraint.substr(start, end - start));
  while (number.ends_with('.')) number.pop_back();
  return number;
}

std::string version_parts(std::string_view version, int parts) {
  size_t end = 0;
  for (int i = 0; i < parts && end < version.size(); ++i) end = std::min(version.find('.', end + (i ? 1 : 0)), version.size());
  return std::string(version.substr(0, end));
}

namespace {

using Numbers = std::vector<long long>;

// "v18.17.x" → {18, 17}: a wildcard or a suffix ends it.
Numbers numbers(std::string_view text) {
  Numbers found;
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  for (const std::string_view part : split(text, '.')) {
    const auto value = parse_integer(part.substr(0, part.find_first_not_of("0123456789")));
    if (!value) break;
    found.push_back(*value);
    if (part.find_first_not_of("0123456789") != std::string_view::npos) break;
  }
  return found;
}

// Compares only as many components as the offered version has; what it leaves open can be chosen to fit.
int compare(const Numbers& offered, const Numbers& wanted) {
  for (size_t i = 0; i < std::min(offered.size(), wanted.size()); ++i) {
    if (offered[i] != wanted[i]) return offered[i] < wanted[i] ? -1 : 1;
  }
  return 0;
}

bool same_until(const Numbers& offered, const Numbers& wanted, size_t parts) {
  for (size_t i = 0; i < std::min({offered.size(), wanted.size(), parts}); ++i) {
    if (offered[i] != wanted[i]) return false;
  }
  return true;
}

bool below(const Numbers& offered, const Numbers& wanted) {
  const int order = compare(offered, wanted);
  if (order != 0) return order < 0;
  return std::any_of(wanted.begin() + static_cast<std::ptrdiff_t>(std::min(offered.size(), wanted.size())), wanted.end(),
                     [](long long part) { return part > 0; });
}

bool fits(const Numbers& offered, std::string_view comparator) {
  const size_t start = std::min(comparator.find_first_not_of("<>=^~!"), comparator.size());
  const std::string_view sign = comparator.substr(0, start);
  const Numbers wanted = numbers(trim(comparator.substr(start)));
  if (wanted.empty()) return true;  // "*", "latest", "stable"
  const int order = compare(offered, wanted);
  if (sign == ">=") return order >= 0;
  if (sign == ">") return order > 0 || (order == 0 && wanted.size() > offered.size());
  if (sign == "<") return below(offered, wanted);
  if (sign == "<=") return order <= 0;
  if (sign == "!=") return order != 0 || wanted.size() > offered.size();
  if (sign == "^") return order >= 0 && same_until(offered, wanted, wanted[0] == 0 ? 2 : 1);
  if (sign == "~") return order >= 0 && same_until(offered, wanted, wanted.size() > 1 ? 2 : 1);
  if (sign == "~=" || sign == "~>") return order >= 0 && same_until(offered, wanted, std::max<size_t>(wanted.size(), 2) - 1);
  return order == 0;
}

// ">= 18, < 21" → {">=18", "<21"}; "18 - 20" → {">=18", "<=20"}.
std::vector<std::string> comparators(std::string_view clause) {
  std::vector<std::string> found;
  const std::string spaced = replace_all(std::string(clause), ",", " ");
  std::string sign;
  for (const std::string_view word : split_words(spaced)) {
    if (word == "-" && !found.empty()) {
      found.back() = ">=" + found.back();
      sign = "<=";
    } else if (word.find_first_not_of("<>=^~!") == std::string_view::npos) {
      sign = word;
    } else {
      found.push_back(sign + std::string(word));
      sign.clear();
    }
  }
  return found;
}

bool allows(std::string_view constraint, const Numbers& offered) {
  const std::string alternatives = replace_all(std::string(constraint), "||", "|");
  for (const std::string_view clause : split(alternatives, '|')) {
    const auto all = comparators(clause);
    if (std::all_of(all.begin(), all.end(), [&](const std::string& one) { return fits(offered, one); })) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> newest_allowed(std::string_view constraint, std::initializer_list<std::string_view> offered) {
  for (const std::string_view version : offered) {
    if (allows(constraint.substr(0, 200), numbers(version))) return std::string(version);
  }
  return std::nullopt;
}

void apply_version(BuildPlan& plan, const VersionFinding& finding, std::string_view resolved) {
  plan.version = resolved;
  plan.version_constraint = finding.constraint;
  plan.evidence.push_back({"version", finding.constraint, finding.file, finding.line, 1.0});
}

}  // namespace podwright::analyze
