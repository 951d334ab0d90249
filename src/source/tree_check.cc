#include "source/tree_check.hh"

#include <fcntl.h>
#include <fts.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/fd.hh"
#include "base/fs.hh"
#include "base/text.hh"

namespace podwright::source {

namespace {

constexpr std::array<std::string_view, 4> kSkipped{".git", "node_modules", ".venv", "__pycache__"};

// FNV-1a, 64 bits: the hash tells states of a tree apart, it does not authenticate them.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    value_ = (value_ ^ 0x100) * 0x100000001b3ULL;  // so that ("ab", "c") and ("a", "bc") differ
  }
  void add(long long number) { add(std::string_view(reinterpret_cast<const char*>(&number), sizeof number)); }
  std::string text() const { return fmt::format("tree-{:016x}", value_); }

 private:
  uint64_t value_ = 0xcbf29ce484222325ULL;
};

// The kernel resolves the link below root and refuses the step that leaves it: exact also through chains of links.
// A link to an absolute path leaves the tree even when it points back into it: in the image it would not.
bool leaves_tree(const Fd& root, const fs::path& root_path, const std::string& relative) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  Fd target(static_cast<int>(::syscall(SYS_openat2, root.get(), relative.c_str(), &how, sizeof how)));
  if (target) return false;
  if (errno == EXDEV) return true;
  if (errno != ENOSYS && errno != EPERM) return false;  // dangling or a loop, but inside
  std::error_code problem;
  auto inside = fs::weakly_canonical(root_path, problem).native() + "/";
  auto real = fs::weakly_canonical(root_path / relative, problem).native() + "/";
  return problem || !real.starts_with(inside);
}

std::unexpected<Error> refuse(const std::string& path, std::string_view what) {
  return fail(error(ErrorCode::denied, "'{}' is {}", printable(path), what)
                  .with_hint("remove it from the source; in a git repository, ignored files are left out"));
}

class Checker {
 public:
  Checker(fs::path root, const TreeBounds& bounds)
      : root_path_(std::move(root)), root_(::open(root_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), bounds_(bounds) {}

  Status check(const std::string& relative, const struct stat& info) {
    if (S_ISLNK(info.st_mode) && leaves_tree(root_, root_path_, relative)) return refuse(relative, "a symbolic link that leaves the source");
    if (S_ISFIFO(info.st_mode)) return refuse(relative, "a FIFO");
    if (S_ISSOCK(info.st_mode)) return refuse(relative, "a socket");
    if (S_ISBLK(info.st_mode) || S_ISCHR(info.st_mode)) return refuse(relative, "a device");
    if (S_ISREG(info.st_mode)) bytes_ += info.st_size;
    if (++entries_ > bounds_.entries) return fail(ErrorCode::exhausted, "the source has more than {} files", bounds_.entries);
    if (bytes_ > bounds_.bytes) return fail(ErrorCode::exhausted, "the source is larger than {}", format_bytes(bounds_.bytes));
    return {};
  }

  bool is_open() const { return static_cast<bool>(root_); }

 private:
  fs::path root_path_;
  Fd root_;
  TreeBounds bounds_;
  size_t entries_ = 0;
  long long bytes_ = 0;
};

int by_name(const FTSENT** a, const FTSENT** b) { return std::strcmp((*a)->fts_name, (*b)->fts_name); }

std::unexpected<Error> unreadable(const std::string& path, int problem) {
  auto code = problem == ENOENT ? ErrorCode::not_found : ErrorCode::failed;
  return fail(code, "cannot read '{}': {}", printable(path), std::strerror(problem));
}

void add_to(Hash& hash, const std::string& relative, const struct stat& info) {
  hash.add(relative);
  hash.add(static_cast<long long>(info.st_mode));
  if (S_ISDIR(info.st_mode)) return;  // a folder's time changes with files that come and go unseen
  hash.add(static_cast<long long>(info.st_size));
  hash.add(static_cast<long long>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec);
}

}  // namespace

bool is_skipped_folder(const fs::path& folder) {
  auto name = folder.filename().native();
  return std::ranges::find(kSkipped, name) != kSkipped.end() || ::access((folder / "pyvenv.cfg").c_str(), F_OK) == 0;
}

Result<std::string> check_tree(const fs::path& root, const TreeBounds& bounds, std::stop_token stop) {
  auto top = root.native();
  char* const starts[] = {top.data(), nullptr};
  std::unique_ptr<FTS, decltype(&::fts_close)> walk(::fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR, &by_name), &::fts_close);
  Checker checker(root, bounds);
  if (!walk || !checker.is_open()) return unreadable(top, errno);
  Hash hash;
  while (auto* entry = ::fts_read(walk.get())) {
    if (entry->fts_info == FTS_DP || entry->fts_level == 0) continue;
    auto relative = std::string(entry->fts_path).substr(std::min(top.size() + (top.ends_with('/') ? 0 : 1), size_t(entry->fts_pathlen)));
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) return unreadable(relative, entry->fts_errno);
    if (entry->fts_info == FTS_D && !bounds.whole && is_skipped_folder(entry->fts_path)) {
      ::fts_set(walk.get(), entry, FTS_SKIP);
      continue;
    }
    if (entry->fts_level > bounds.depth) return fail(ErrorCode::exhausted, "the source has folders nested deeper than {}", bounds.depth);
    TRY(checker.check(relative, *entry->fts_statp));
    add_to(hash, relative, *entry->fts_statp);
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "reading the source was cancelled");
  }
  return hash.text();
}

Status check_paths(const fs::path& root, const std::vector<std::string>& paths, const TreeBounds& bounds) {
  Checker checker(root, bounds);
  if (!checker.is_open()) return unreadable(root.native(), errno);
  for (const auto& path : paths) {
    struct stat info {};
    if (::lstat((root / path).c_str(), &info) != 0) continue;
    TRY(checker.check(path, info));
  }
  return {};
}

}  // namespace podwright::source
