#include "build/ignore_file.hh"

#include "base/text.hh"

namespace podwright::build {

namespace {

constexpr std::string_view kNever =
    ".git\n.hg\n.svn\n**/node_modules\n**/.venv\n**/__pycache__\n**/.pytest_cache\n**/.env\n**/.env.local\n**/.env.*.local\n"
    "**/.DS_Store\n**/.idea\n**/.vscode\n**/.terraform\n";

// gitignore matches a name without a slash at any depth; dockerignore needs "**/" for that.
std::string in_docker_notation(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line.starts_with('#')) return {};
  std::string sign;
  if (line.starts_with('!')) sign = "!", line.remove_prefix(1);
  bool anchored = line.starts_with('/');
  if (anchored) line.remove_prefix(1);
  while (line.ends_with('/')) line.remove_suffix(1);
  if (line.empty() || line == "*" || line.contains('\\')) return {};
  anchored = anchored || line.contains('/');
  return sign + (anchored || line.starts_with("**/") ? "" : "**/") + std::string(line) + "\n";
}

}  // namespace

std::string ignore_patterns(std::string_view dockerignore, std::string_view gitignore) {
  std::string out;
  for (auto line : split_lines(gitignore)) out += in_docker_notation(line);
  out += dockerignore;
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  return out + std::string(kNever);
}

}  // namespace podwright::build
