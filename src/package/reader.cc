#include "package/reader.hh"

#include <archive_entry.h>
#include <sys/stat.h>

#include "base/text.hh"

namespace podwright::package {

Result<Reader> Reader::open(const fs::path& file) {
  struct stat info{};
  auto name = printable(file.native());
  if (::stat(file.c_str(), &info) != 0) return fail(ErrorCode::not_found, "there is no package {}", name);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid, "{} is not a file", name);
  Reader out(std::unique_ptr<struct archive, Closer>(::archive_read_new()), name, info.st_size);
  ::archive_read_support_format_tar(out.archive_.get());
  ::archive_read_support_filter_zstd(out.archive_.get());
  if (::archive_read_open_filename(out.archive_.get(), file.c_str(), 1 << 16) != ARCHIVE_OK) return fail(out.damaged());
  return out;
}

Error Reader::damaged() const {
  const char* why = ::archive_error_string(archive_.get());
  return error(ErrorCode::invalid, "{} is no package, or damaged: {}", name_,
               printable(why ? why : "it cannot be read"))
      .with_hint("copy it again, or make it again with `podwright package`");
}

Result<std::optional<Header>> Reader::next() {
  struct archive_entry* entry = nullptr;
  int got = ::archive_read_next_header(archive_.get(), &entry);
  if (got == ARCHIVE_EOF) return std::nullopt;
  if (got != ARCHIVE_OK) return fail(damaged());
  const char* path = ::archive_entry_pathname(entry);
  Header header{.path = path ? path : "", .size = ::archive_entry_size(entry)};
  bool is_plain = ::archive_entry_filetype(entry) == AE_IFREG && !::archive_entry_hardlink(entry) &&
                  !::archive_entry_symlink(entry) && ::archive_entry_size_is_set(entry) &&
                  ::archive_entry_sparse_count(entry) == 0;
  if (!is_plain)
    return fail(ErrorCode::denied, "the package's '{}' is not a plain file", printable(header.path.substr(0, 200)));
  return header;
}

Result<size_t> Reader::read(std::span<char> into) {
  auto got = ::archive_read_data(archive_.get(), into.data(), into.size());
  if (got < 0) return fail(damaged());
  return static_cast<size_t>(got);
}

Result<std::string> Reader::content(const Header& header, size_t max_bytes) {
  if (header.size < 0 || static_cast<unsigned long long>(header.size) > max_bytes)
    return fail(ErrorCode::invalid, "the package's '{}' is too large", printable(header.path.substr(0, 200)));
  std::string out(static_cast<size_t>(header.size), '\0');
  for (size_t done = 0; done < out.size();) {
    auto got = TRY(read(std::span(out).subspan(done)));
    if (got == 0) return fail(damaged());
    done += got;
  }
  return out;
}

}  // namespace podwright::package
