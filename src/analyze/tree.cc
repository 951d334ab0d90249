// The two trees: one walked on disk, one in memory.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "analyze/analyze.hh"
#include "base/fd.hh"
#include "format/ignore.hh"

namespace podwright::analyze {

namespace {

constexpr size_t kMaxFiles = 500'000;
constexpr size_t kMaxRead = 1 << 20;
constexpr int kMaxDepth = 64;

// Folders that hold other people's code, caches or build results: never part of what is deployed.
constexpr std::array kSkipped = {".git",   ".hg",         ".svn",        "node_modules",  "bower_components", "vendor",
                                 ".venv",  "venv",        "__pycache__", ".tox",          ".mypy_cache",      ".pytest_cache",
                                 ".next",  ".nuxt",       ".svelte-kit", ".gradle",       ".idea",            ".terraform",
                                 ".cache", ".dart_tool",  ".stack-work", "dist-newstyle", "zig-cache",        ".zig-cache",
                                 "Pods",   ".bundle",     ".turbo",      ".yarn",         ".pnpm-store",      "elm-stuff"};

bool is_skipped(std::string_view name) { return std::find(kSkipped.begin(), kSkipped.end(), name) != kSkipped.end(); }

std::string read_some(int fd, size_t limit) {
  std::string content;
  std::array<char, 65536> chunk;
  while (content.size() < limit) {
    const ssize_t got = ::read(fd, chunk.data(), std::min(chunk.size(), limit - content.size()));
    if (got <= 0) break;
    content.append(chunk.data(), static_cast<size_t>(got));
  }
  return content;
}

// Opens below `root` without ever leaving it, also through symlinks. Needs Linux 5.6; refuses links on older ones.
Fd open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  if (fd < 0 && errno == ENOSYS) {
    return Fd(::openat(root, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
  }
  return Fd(static_cast<int>(fd));
}

bool is_regular(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

class DiskTree : public Tree {
 public:
  explicit DiskTree(Fd root) : root_(std::move(root)) {}

  Status walk() {
    const Status walked = walk_folder("", 0);
    std::sort(files_.begin(), files_.end());
    return walked;
  }

  const std::vector<std::string>& files() const override { return files_; }

  std::string_view read(std::string_view path) const override {
    std::string key(path);
    if (const auto known = contents_.find(key); known != contents_.end()) return known->second;
    const Fd fd = open_beneath(root_.get(), key);
    std::string content = fd && is_regular(fd.get()) ? read_some(fd.get(), kMaxRead) : std::string();
    return contents_.emplace(std::move(key), std::move(content)).first->second;
  }

 private:
  struct Entry {
    std::string name;
    unsigned char type;
  };

  Result<std::vector<Entry>> list(const std::string& folder) {
    Fd fd(::openat(root_.get(), folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    std::vector<Entry> entries;
    if (!fd) return entries;  // unreadable folders hold nothing that could be built either
    DIR* dir = ::fdopendir(fd.get());
    if (!dir) return entries;
    fd.release();
    while (const dirent* entry = ::readdir(dir)) {
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) {
        entries.push_back({entry->d_name, entry->d_type});
      }
    }
    ::closedir(dir);
    return entries;
  }

  Status walk_folder(const std::string& folder, int depth) {
    if (depth > kMaxDepth) return {};
    const std::vector<Entry> entries = TRY(list(folder));
    for (const Entry& entry : entries) {
      if (entry.name == ".gitignore") ignore_.add(read(folder.empty() ? entry.name : folder + "/" + entry.name), folder);
    }
    for (const Entry& entry : entries) {
      const std::string path = folder.empty() ? entry.name : folder + "/" + entry.name;
      const unsigned char type = entry.type == DT_UNKNOWN ? type_of(path) : entry.type;
      if (type == DT_DIR) {
        if (!is_skipped(entry.name) && !ignore_.ignored(path, true)) {
          if (auto walked = walk_folder(path, depth + 1); !walked) return walked;
        }
      } else if ((type == DT_REG || (type == DT_LNK && leads_to_file(path))) && !ignore_.ignored(path, false)) {
        if (files_.size() == kMaxFiles) {
          return fail(error(ErrorCode::exhausted, "the source has more than {} files", kMaxFiles)
                          .with_hint("deploy a sub-folder with --path, or exclude generated files with .gitignore"));
        }
        files_.push_back(path);
      }
    }
    return {};
  }

  unsigned char type_of(const std::string& path) const {
    struct stat info {};
    if (::fstatat(root_.get(), path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
    if (S_ISDIR(info.st_mode)) return DT_DIR;
    if (S_ISREG(info.st_mode)) return DT_REG;
    return S_ISLNK(info.st_mode) ? DT_LNK : DT_UNKNOWN;
  }

  bool leads_to_file(const std::string& path) const {
    const Fd fd = open_beneath(root_.get(), path);
    return fd && is_regular(fd.get());
  }

  Fd root_;
  IgnoreRules ignore_;
  std::vector<std::string> files_;
  mutable std::unordered_map<std::string, std::string> contents_;
};

class MemoryTree : public Tree {
 public:
  explicit MemoryTree(std::map<std::string, std::string> contents) : contents_(std::move(contents)) {
    for (const auto& [path, content] : contents_) files_.push_back(path);
  }
  const std::vector<std::string>& files() const override { return files_; }
  std::string_view read(std::string_view path) const override {
    const auto found = contents_.find(std::string(path));
    return found == contents_.end() ? std::string_view() : std::string_view(found->second).substr(0, kMaxRead);
  }

 private:
  std::map<std::string, std::string> contents_;
  std::vector<std::string> files_;
};

}  // namespace

Result<std::unique_ptr<Tree>> open_tree(const std::filesystem::path& root) {
  Fd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return fail(error(ErrorCode::not_found, "cannot open the folder {}: {}", root.string(), std::strerror(errno))
                    .with_hint("give the path of a folder with source code"));
  }
  auto tree = std::make_unique<DiskTree>(std::move(fd));
  if (auto walked = tree->walk(); !walked) return std::unexpected(std::move(walked).error());
  return tree;
}

std::unique_ptr<Tree> memory_tree(std::map<std::string, std::string> files) {
  return std::make_unique<MemoryTree>(std::move(files));
}

}  // namespace podwright::analyze
