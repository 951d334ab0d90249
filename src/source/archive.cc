#include "source/archive.hh"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/fd.hh"
#include "base/fs.hh"
#include "base/text.hh"

namespace podwright::source {

namespace {

using Reader = std::unique_ptr<struct archive, decltype(&::archive_read_free)>;

constexpr long long kSpare = 256LL << 20;  // bytes that stay free on the disk

std::unexpected<Error> unusable(Reader& reader, const fs::path& archive) {
  const char* why = ::archive_error_string(reader.get());
  return fail(error(ErrorCode::invalid, "{} cannot be unpacked: {}", printable(archive.native()), printable(why ? why : "not an archive"))
                  .with_hint("give a .tar, .tar.gz, .tar.zst, .tar.xz or .zip file without a password"));
}

std::unexpected<Error> write_failure(const std::string& path) {
  int problem = errno;
  auto code = problem == ENOSPC || problem == EDQUOT ? ErrorCode::exhausted : problem == EEXIST ? ErrorCode::denied : ErrorCode::failed;
  if (problem == EEXIST || problem == ENOTDIR) return fail(ErrorCode::denied, "the archive has '{}' twice, as different things", printable(path));
  return fail(code, "cannot unpack '{}': {}", printable(path), std::strerror(problem));
}

// "C" is the daemon's locale, where libarchive cannot convert names: the bytes as they stand are what we want.
std::string text_or(const char* native, const char* utf8) { return native ? native : utf8 ? utf8 : ""; }

struct Link {
  std::string path;
  std::string target;
};

// Folders and files are made first and links last: while data is written no link exists that could lead it elsewhere.
class Unpacking {
 public:
  Unpacking(fs::path into, const ArchiveBounds& bounds, long long packed) : into_(std::move(into)), bounds_(bounds), packed_(packed) {}

  Status take(struct archive* reader, struct archive_entry* entry) {
    auto named = text_or(::archive_entry_pathname(entry), ::archive_entry_pathname_utf8(entry));
    auto path = TRY(archive_path(named, bounds_.depth));
    if (path == "__MACOSX" || path.starts_with("__MACOSX/")) return {};  // what the Finder adds to a zip
    if (++entries_ > bounds_.entries) return fail(ErrorCode::exhausted, "the archive has more than {} entries", bounds_.entries);
    if (const char* hard = ::archive_entry_hardlink(entry)) return hard_link(path, hard);
    switch (::archive_entry_filetype(entry)) {
      case AE_IFDIR: return path.empty() ? Status() : folder(path);
      case AE_IFLNK: return links_.push_back({path, text_or(::archive_entry_symlink(entry), ::archive_entry_symlink_utf8(entry))}), Status();
      case AE_IFREG: return file(reader, entry, path);
      default: return fail(ErrorCode::denied, "the archive holds '{}', which is a device, FIFO or socket", printable(path));
    }
  }

  Status finish() {
    for (const auto& link : links_) {
      TRY(parent(link.path));
      if (::symlink(link.target.c_str(), full(link.path).c_str()) != 0) return write_failure(link.path);
    }
    return {};
  }

 private:
  std::string full(const std::string& path) const { return (into_ / path).native(); }

  Status folder(const std::string& path) {
    std::string so_far;
    for (auto part : split(path, '/')) {
      so_far += (so_far.empty() ? "" : "/") + std::string(part);
      if (::mkdir(full(so_far).c_str(), 0755) == 0) continue;
      struct stat info {};
      if (errno != EEXIST || ::lstat(full(so_far).c_str(), &info) != 0) return write_failure(path);
      if (!S_ISDIR(info.st_mode)) return errno = ENOTDIR, write_failure(path);
    }
    return {};
  }

  Status parent(const std::string& path) {
    auto slash = path.rfind('/');
    return slash == path.npos ? Status() : folder(path.substr(0, slash));
  }

  Status hard_link(const std::string& path, std::string_view named) {
    auto target = TRY(archive_path(named, bounds_.depth));
    TRY(parent(path));
    struct stat info {};
    if (::lstat(full(target).c_str(), &info) != 0 || !S_ISREG(info.st_mode))
      return fail(ErrorCode::denied, "the archive's hard link '{}' does not lead to a file before it", printable(path));
    if (path != target && ::link(full(target).c_str(), full(path).c_str()) != 0) return write_failure(path);
    return {};
  }

  Status file(struct archive* reader, struct archive_entry* entry, const std::string& path) {
    if (path.empty()) return fail(ErrorCode::denied, "the archive holds a file without a name");
    TRY(parent(path));
    TRY(room_for(::archive_entry_size_is_set(entry) ? ::archive_entry_size(entry) : 0));
    ::unlink(full(path).c_str());  // a later entry of the same name replaces the earlier one, as in tar
    mode_t mode = ::archive_entry_perm(entry) & 0100 ? 0755 : 0644;
    Fd out(::open(full(path).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!out) return write_failure(path);
    ::fchmod(out.get(), mode);
    auto size = TRY(copy(reader, out, path));
    unpacked_ += size;
    if (::ftruncate(out.get(), size) != 0) return write_failure(path);  // a file may end with a hole
    timespec times[2] = {{0, UTIME_OMIT}, {::archive_entry_mtime(entry), ::archive_entry_mtime_nsec(entry)}};
    if (::archive_entry_mtime_is_set(entry)) ::futimens(out.get(), times);
    return {};
  }

  // The size of the file, holes included.
  Result<long long> copy(struct archive* reader, const Fd& out, const std::string& path) {
    const void* block = nullptr;
    size_t length = 0;
    la_int64_t offset = 0;
    long long end = 0;
    for (;;) {
      int got = ::archive_read_data_block(reader, &block, &length, &offset);
      if (got == ARCHIVE_EOF) {
        end = std::max<long long>(end, offset);  // beyond `end` when the file ends with a hole
        TRY(room_for(end));
        return end;
      }
      if (got < ARCHIVE_WARN || offset < 0)
        return fail(ErrorCode::invalid, "'{}' in the archive cannot be read: {}", printable(path),
                    printable(::archive_error_string(reader) ? ::archive_error_string(reader) : "damaged"));
      end = std::max<long long>(end, offset + static_cast<long long>(length));
      TRY(room_for(end));
      for (std::string_view rest(static_cast<const char*>(block), length); !rest.empty();) {
        auto done = ::pwrite(out.get(), rest.data(), rest.size(), offset);
        if (done < 0 && errno != EINTR) return write_failure(path);
        rest.remove_prefix(static_cast<size_t>(std::max<ssize_t>(done, 0)));
        offset += std::max<ssize_t>(done, 0);
      }
    }
  }

  Status room_for(long long more) {
    auto total = unpacked_ + more;
    if (more < 0 || total > bounds_.bytes) return fail(ErrorCode::exhausted, "the archive unpacks to more than {}", format_bytes(bounds_.bytes));
    if (total > bounds_.ratio_from && total / bounds_.ratio > packed_)
      return fail(ErrorCode::exhausted, "the archive unpacks to more than {} times its size", bounds_.ratio);
    if (total / kSpare != checked_ / kSpare || checked_ == 0) {
      checked_ = std::max(total, 1LL);
      auto left = free_bytes(into_);
      if (left >= 0 && left < std::max(kSpare / 4, std::min(more, kSpare)))
        return fail(error(ErrorCode::exhausted, "the disk has only {} left", format_bytes(left)).with_hint("free space and deploy again"));
    }
    return {};
  }

  fs::path into_;
  ArchiveBounds bounds_;
  long long packed_;
  long long unpacked_ = 0;
  long long checked_ = 0;
  size_t entries_ = 0;
  std::vector<Link> links_;
};

Result<Reader> open_archive(const fs::path& archive, long long& packed) {
  struct stat info {};
  if (::stat(archive.c_str(), &info) != 0) return fail(ErrorCode::not_found, "there is no archive {}", printable(archive.native()));
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid, "{} is not a file", printable(archive.native()));
  packed = std::max<long long>(info.st_size, 1);
  Reader reader(::archive_read_new(), &::archive_read_free);
  ::archive_read_support_format_tar(reader.get());
  ::archive_read_support_format_zip(reader.get());
  for (auto* support : {&::archive_read_support_filter_gzip, &::archive_read_support_filter_zstd, &::archive_read_support_filter_xz,
                        &::archive_read_support_filter_bzip2})
    support(reader.get());
  if (::archive_read_open_filename(reader.get(), archive.c_str(), 1 << 16) != ARCHIVE_OK) return unusable(reader, archive);
  return reader;
}

// The one folder at the top, or the top itself.
fs::path source_root(const fs::path& into) {
  std::error_code problem;
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::directory_iterator(into, problem)) entries.push_back(entry);
  bool is_single = entries.size() == 1 && entries[0].is_directory(problem) && !entries[0].is_symlink(problem);
  return is_single ? entries[0].path() : into;
}

}  // namespace

Result<std::string> archive_path(std::string_view path, int depth) {
  auto refuse = [&](std::string_view what) { return fail(ErrorCode::denied, "the archive's entry '{}' {}", printable(path.substr(0, 200)), what); };
  if (path.starts_with('/')) return refuse("has an absolute path");
  if (path.size() > 4000 || path.contains('\0')) return refuse("has an unusable name");
  std::string out;
  int parts = 0;
  for (auto part : split(path, '/')) {
    if (part == "..") return refuse("leaves the archive with '..'");
    if (part.size() > 255) return refuse("has a name longer than 255 bytes");
    if (part.empty() || part == ".") continue;
    if (++parts > depth) return refuse("is nested too deeply");
    out += (out.empty() ? "" : "/") + std::string(part);
  }
  return out;
}

Result<fs::path> unpack(const fs::path& archive, const fs::path& into, const ArchiveBounds& bounds, std::stop_token stop) {
  long long packed = 0;
  auto reader = TRY(open_archive(archive, packed));
  TRY(make_directories(into));
  Unpacking unpacking(into, bounds, packed);
  struct archive_entry* entry = nullptr;
  for (;;) {
    int got = ::archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) break;
    if (got < ARCHIVE_WARN) return unusable(reader, archive);
    TRY(unpacking.take(reader.get(), entry));
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "unpacking was cancelled");
  }
  TRY(unpacking.finish());
  return source_root(into);
}

}  // namespace podwright::source
