#include "source/local_commit.hh"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "source/git_command.hh"
#include "source/tree_check.hh"

namespace podwright::source {

namespace {

constexpr size_t kMaxListing = 64 << 20;

bool is_in_repository(const fs::path& folder) {
  std::error_code problem;
  for (auto at = folder;; at = at.parent_path()) {
    if (fs::exists(at / ".git", problem)) return true;
    if (at == at.parent_path()) return false;
  }
}

// Filters of the repository's own configuration, which `git status` would run on changed files. The user's (git-lfs) stay.
Result<Command> without_filters(Command command, const fs::path& folder, std::stop_token stop) {
  auto listed = TRY(run(git({.directory = folder}, {"config", "--show-scope", "-z", "--name-only", "--get-regexp", "^filter\\."}), stop));
  auto fields = split(listed.out, '\0');
  int count = 0;
  for (size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i] != "local" && fields[i] != "worktree") continue;
    command.env[fmt::format("GIT_CONFIG_KEY_{}", count)] = fields[i + 1];
    command.env[fmt::format("GIT_CONFIG_VALUE_{}", count)] = fields[i + 1].ends_with(".required") ? "false" : "";
    ++count;
  }
  if (count > 0) command.env["GIT_CONFIG_COUNT"] = std::to_string(count);
  return command;
}

struct Files {
  std::vector<std::string> paths;  // tracked and untracked, not ignored
  bool has_tracked = false;
};

// Nothing when git cannot read the repository, for example because .git is damaged.
Result<std::optional<Files>> list_files(const fs::path& folder, std::stop_token stop) {
  auto command = git({.directory = folder}, {"ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard"});
  command.max_output = kMaxListing;
  auto listed = TRY(run(command, stop));
  if (listed.exit_code != 0) return std::nullopt;
  if (listed.out.size() >= kMaxListing) return fail(ErrorCode::exhausted, "the source has too many files");
  Files files;
  for (auto entry : split(listed.out, '\0')) {
    if (entry.size() < 3) continue;
    files.has_tracked |= entry.front() != '?';
    files.paths.emplace_back(entry.substr(2));
  }
  return files;
}

// "<sha>" or "<sha>-dirty"; nothing before the first commit.
Result<std::optional<std::string>> state(const fs::path& folder, std::stop_token stop) {
  auto command = git({.directory = folder}, {"status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=normal",
                                             "--ignore-submodules=all", "--", "."});
  auto status = TRY(run(TRY(without_filters(std::move(command), folder, stop)), stop));
  if (status.exit_code != 0) return std::nullopt;
  std::string sha;
  bool is_dirty = false;
  for (auto line : split(status.out, '\0')) {
    constexpr std::string_view oid = "# branch.oid ";
    if (line.starts_with(oid)) sha = line.substr(oid.size());
    is_dirty |= !line.empty() && !line.starts_with("# ");
  }
  if (sha.empty() || !std::ranges::all_of(sha, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); })) return std::nullopt;
  return is_dirty ? sha + "-dirty" : sha;
}

}  // namespace

Result<std::string> local_commit(const fs::path& folder, std::stop_token stop) {
  if (!is_in_repository(folder) || !has_program("git")) return check_tree(folder, {}, stop);
  auto files = TRY(list_files(folder, stop));
  if (!files || !files->has_tracked) return check_tree(folder, {}, stop);
  TRY(check_paths(folder, files->paths, {}));
  auto commit = TRY(state(folder, stop));
  return commit ? *std::move(commit) : check_tree(folder, {}, stop);
}

}  // namespace podwright::source
