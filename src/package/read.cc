#include <algorithm>
#include <set>

#include "base/text.hh"
#include "package/package.hh"
#include "package/reader.hh"
#include "ship/archive.hh"
#include "ship/digest.hh"
#include "ship/target.hh"

namespace podwright::package {

namespace {

constexpr long long kMaxBytes = 64LL << 30;    // unpacked
constexpr long long kMaxRatio = 200;           // unpacked : packed
constexpr long long kRatioFrom = 100LL << 20;  // bytes from which the ratio is looked at
constexpr long long kMaxDocument = 4 << 20;    // the image's manifest and configuration are no larger
constexpr std::string_view kBlobs = "image/blobs/sha256/";

// One pass over a package, which must be what its manifest says.
class Verification {
 public:
  Verification(Reader& reader, const Description& description, const OnProgress& progress, std::stop_token stop)
      : reader_(reader), description_(description), progress_(progress), stop_(stop) {}

  Status run() {
    TRY(check_bounds());
    while (auto header = TRY(reader_.next())) TRY(take(*header));
    for (const auto& [path, entry] : description_.entries)
      if (!seen_.contains(path)) return fail(ErrorCode::invalid, "the package lacks its '{}'", printable(path));
    return {};
  }

  Result<ship::Image> image() const {
    auto manifest = TRY(document(ship::hex_of(description_.image_digest)));
    auto image = TRY(ship::read_image(std::move(manifest), TRY(document(description_.image_id))));
    if (image.id != description_.image_id)
      return fail(ErrorCode::invalid, "the package holds another image than it says");
    for (const auto& layer : image.layers) {
      auto entry = description_.entries.find(std::string(kBlobs) + ship::hex_of(layer.digest));
      if (entry == description_.entries.end() || entry->second.size != layer.size)
        return fail(ErrorCode::invalid, "the package lacks the layer {}", layer.digest);
    }
    return image;
  }

 private:
  Status check_bounds() const {
    auto bytes = description_.bytes();
    bool is_bomb = bytes > kRatioFrom && bytes / kMaxRatio > reader_.packed_bytes();
    if (bytes <= kMaxBytes && !is_bomb) return {};
    return fail(ErrorCode::exhausted, "the package of {} would unpack to {}", format_bytes(reader_.packed_bytes()),
                format_bytes(bytes));
  }

  Status take(const Header& header) {
    auto shown = printable(header.path.substr(0, 200));
    auto entry = description_.entries.find(header.path);
    if (entry == description_.entries.end())
      return fail(ErrorCode::denied, "the package holds '{}', which its manifest does not list", shown);
    if (!seen_.insert(header.path).second) return fail(ErrorCode::denied, "the package holds '{}' twice", shown);
    if (header.size != entry->second.size)
      return fail(ErrorCode::invalid, "'{}' in the package has {} bytes instead of {}", shown, header.size,
                  entry->second.size);
    auto checksum = TRY(hash(header));
    if (checksum == entry->second.sha256) return {};
    return fail(error(ErrorCode::invalid, "'{}' in the package is damaged: its checksum is another one", shown)
                    .with_hint("copy the package again"));
  }

  // Small blobs are kept: two of them are the image's documents.
  Result<std::string> hash(const Header& header) {
    ship::Digest digest;
    bool is_wanted = is_document(header);
    std::string kept, piece(256 << 10, '\0');
    for (long long left = header.size; left > 0;) {
      if (stop_.stop_requested()) return fail(ErrorCode::cancelled, "reading the package was cancelled");
      auto got = TRY(reader_.read(std::span(piece).first(std::min(piece.size(), static_cast<size_t>(left)))));
      if (got == 0) return fail(ErrorCode::invalid, "the package ends in the middle of '{}'", printable(header.path));
      digest.add(std::string_view(piece).substr(0, got));
      if (is_wanted) kept.append(piece, 0, got);
      left -= static_cast<long long>(got);
      progressed(static_cast<long long>(got));
    }
    if (is_wanted) documents_[header.path.substr(kBlobs.size())] = std::move(kept);
    return digest.hex();
  }

  bool is_document(const Header& header) const {
    auto name = header.path.starts_with(kBlobs) ? header.path.substr(kBlobs.size()) : std::string();
    return header.size <= kMaxDocument &&
           (name == description_.image_id || name == ship::hex_of(description_.image_digest));
  }

  Result<std::string> document(const std::string& name) const {
    auto found = documents_.find(name);
    if (found == documents_.end())
      return fail(ErrorCode::invalid, "the package lacks the image's manifest or configuration");
    return found->second;
  }

  void progressed(long long bytes) {
    done_ += bytes;
    if (progress_) progress_(done_, description_.bytes());
  }

  Reader& reader_;
  const Description& description_;
  const OnProgress& progress_;
  std::stop_token stop_;
  std::set<std::string> seen_;
  std::map<std::string, std::string> documents_;
  long long done_ = 0;
};

// The package's layers as files of an archive that is made while the package is read once more. The order is the same.
class Layers {
 public:
  explicit Layers(Reader reader) : reader_(std::move(reader)) {}

  Result<size_t> read(const std::string& path, std::span<char> into) {
    while (current_ != path) {
      auto header = TRY(reader_.next());
      if (!header)
        return fail(ErrorCode::invalid,
                    "the package changed while it was read, or '{}' stands in another place than it should", path);
      current_ = header->path;
    }
    return reader_.read(into);
  }

 private:
  Reader reader_;
  std::string current_;
};

std::vector<ship::ArchiveFile> archive_files(const Package& package, Layers& layers) {
  auto files = ship::oci_files(package.image, package.description.reference, {}, {}).value();
  std::set<std::string> seen;
  for (const auto& layer : package.image.layers) {
    if (!seen.insert(layer.digest).second) continue;
    auto name = "blobs/sha256/" + ship::hex_of(layer.digest);
    files.push_back({.path = name, .size = layer.size, .read = [&layers, path = "image/" + name](std::span<char> into) {
                       return layers.read(path, into);
                     }});
  }
  return files;
}

}  // namespace

Result<Package> verify(const fs::path& file, const OnProgress& progress, std::stop_token stop) {
  auto reader = TRY(Reader::open(file));
  auto first = TRY(reader.next());
  if (!first || first->path != "manifest.json")
    return fail(ErrorCode::invalid, "{} is not a package of podwright", printable(file.native()));
  auto text = TRY(reader.content(*first, kMaxManifest));
  Package out{.file = file,
              .description = TRY(read_description(text)),
              .image = {},
              .manifest = ship::hex_of(ship::digest_of(text))};
  Verification verification(reader, out.description, progress, stop);
  TRY(verification.run());
  out.image = TRY(verification.image());
  return out;
}

Status load(const Package& package, podman::Client& client, const OnProgress& progress, std::stop_token stop) {
  ship::Target target{client};
  const auto& image = package.image;
  auto is_there = [&](const std::optional<ship::Found>& found) {
    return found && found->id == image.id && found->layers == image.diff_ids();
  };
  if (is_there(TRY(target.find(image.id))))
    return target.tag(image.id, TRY(ship::parse_reference(package.description.reference)));
  Layers layers(TRY(Reader::open(package.file)));
  long long done = 0;
  ship::Archive archive(archive_files(package, layers), [&](long long bytes) {
    done += bytes;
    if (progress) progress(std::min(done, image.bytes()), image.bytes());
  });
  TRY(target.load(archive, stop));
  if (is_there(TRY(target.find(package.description.reference)))) return {};
  return fail(ErrorCode::failed, "Podman says that it loaded the image {}, but has another one",
              image.id.substr(0, 12));
}

}  // namespace podwright::package
