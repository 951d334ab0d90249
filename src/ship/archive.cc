#include "ship/archive.hh"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "base/text.hh"

namespace podwright::ship {

namespace {

constexpr size_t kPiece = 128 << 10;

la_ssize_t collect(struct archive*, void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
using Writer = std::unique_ptr<struct archive, Freer<::archive_write_free>>;
using Entry = std::unique_ptr<struct archive_entry, Freer<::archive_entry_free>>;

bool is_text(const ArchiveFile& file) {
  return file.fd < 0 && !file.read;
}

std::string index_of(const Image& image, const std::string& reference) {
  boost::json::object annotations{{"org.opencontainers.image.ref.name", reference}};
  boost::json::object manifest{{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                               {"digest", image.digest},
                               {"size", image.manifest.size()},
                               {"annotations", std::move(annotations)}};
  return boost::json::serialize(
      boost::json::object{{"schemaVersion", 2}, {"manifests", boost::json::array{std::move(manifest)}}});
}

}  // namespace

struct Archive::Making {
  std::vector<ArchiveFile> files;
  std::function<void(long long)> on_read;
  std::string ready = {};  // made, not yet given out
  size_t given = 0;        // of ready
  long long made = 0;
  size_t next = 0;        // file
  long long offset = -1;  // in files[next]; -1: its header comes first
  bool closed = false;
  std::string piece = std::string(kPiece, '\0');
  Writer writer{::archive_write_new()};

  Making(std::vector<ArchiveFile> what, std::function<void(long long)> hear)
      : files(std::move(what)), on_read(std::move(hear)) {
    ::archive_write_set_format_pax_restricted(writer.get());  // ustar, and pax for a layer of 8 GiB and more
    ::archive_write_add_filter_zstd(writer.get());
    ::archive_write_set_options(writer.get(), "zstd:compression-level=1");
    ::archive_write_set_bytes_in_last_block(writer.get(), 1);
    ::archive_write_open(writer.get(), &ready, nullptr, collect, nullptr);
  }

  std::unexpected<Error> failure() const {
    const char* why = ::archive_error_string(writer.get());
    return fail(ErrorCode::failed, "the archive cannot be made: {}", printable(why ? why : "no reason given"));
  }

  Status header(const ArchiveFile& file) {
    Entry entry(::archive_entry_new());
    ::archive_entry_set_pathname(entry.get(), file.path.c_str());
    ::archive_entry_set_size(entry.get(), is_text(file) ? static_cast<long long>(file.content.size()) : file.size);
    ::archive_entry_set_filetype(entry.get(), AE_IFREG);
    ::archive_entry_set_perm(entry.get(), 0644);
    if (::archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK) return failure();
    offset = 0;
    return {};
  }

  Result<std::string_view> content(const ArchiveFile& file) {
    if (is_text(file)) return std::string_view(file.content).substr(static_cast<size_t>(offset));
    auto wanted = static_cast<size_t>(std::min(static_cast<long long>(piece.size()), file.size - offset));
    if (wanted == 0) return std::string_view();
    auto got = TRY(file.read ? file.read(std::span(piece).first(wanted)) : read_at(file, wanted));
    if (got == 0)
      return fail(ErrorCode::failed, "{} is shorter than the {} bytes it should have", file.path, file.size);
    return std::string_view(piece).substr(0, got);
  }

  Result<size_t> read_at(const ArchiveFile& file, size_t wanted) {
    ssize_t got = -1;
    do got = ::pread(file.fd, piece.data(), wanted, offset);
    while (got < 0 && errno == EINTR);
    if (got < 0) return fail(ErrorCode::failed, "cannot read {}: {}", file.path, std::strerror(errno));
    return static_cast<size_t>(got);
  }

  // One piece more: a header, some content, or the end.
  Status step() {
    if (next == files.size()) {
      closed = true;
      return ::archive_write_close(writer.get()) == ARCHIVE_OK ? Status() : failure();
    }
    const auto& file = files[next];
    if (offset < 0) return header(file);
    auto bytes = TRY(content(file));
    if (bytes.empty()) {
      ++next;
      offset = -1;
      return {};
    }
    if (::archive_write_data(writer.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
      return failure();
    offset += static_cast<long long>(bytes.size());
    if (on_read) on_read(static_cast<long long>(bytes.size()));
    return {};
  }
};

Archive::Archive(std::vector<ArchiveFile> files, std::function<void(long long)> on_read)
    : making_(std::make_unique<Making>(std::move(files), std::move(on_read))) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

Result<size_t> Archive::read(std::span<char> into) {
  auto& making = *making_;
  while (making.given == making.ready.size() && !making.closed) {
    making.ready.clear();
    making.given = 0;
    TRY(making.step());
  }
  auto count = making.ready.copy(into.data(), into.size(), making.given);
  making.given += count;
  making.made += static_cast<long long>(count);
  return count;
}

long long Archive::made() const {
  return making_->made;
}

Result<std::vector<ArchiveFile>> oci_files(const Image& image, const std::string& reference,
                                           const std::vector<Blob>& layers, const OpenBlobs& blobs,
                                           const std::string& prefix) {
  auto blob_path = [&](const std::string& digest) { return prefix + "blobs/sha256/" + hex_of(digest); };
  std::vector<ArchiveFile> out{
      {.path = prefix + "oci-layout", .content = R"({"imageLayoutVersion":"1.0.0"})"},
      {.path = prefix + "index.json", .content = index_of(image, reference)},
      {.path = blob_path(image.digest), .content = image.manifest},
      {.path = blob_path(image.id), .content = image.config},
  };
  for (const auto& layer : layers) {
    auto open = blobs.find(layer.digest);
    if (open == blobs.end()) return fail(ErrorCode::internal, "the layer {} was not opened", layer.digest);
    out.push_back({.path = blob_path(layer.digest), .fd = open->second.get(), .size = layer.size});
  }
  return out;
}

}  // namespace podwright::ship
