// Archives are made while they are read.
#include "ship/archive.hh"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>
#include <fcntl.h>

#include <map>

#include "base/fs.hh"
#include "base/ids.hh"
#include "unit/ship/images.hh"

using namespace podwright;
using namespace podwright::ship;

namespace {

std::string all_of(Archive& archive, size_t piece) {
  std::string out, buffer(piece, '\0');
  for (;;) {
    auto got = must(archive.read(buffer));
    if (got == 0) return out;
    out.append(buffer, 0, got);
  }
}

// What another reader of archives finds in it.
std::map<std::string, std::string> unpacked(const std::string& bytes) {
  std::map<std::string, std::string> out;
  auto* reader = ::archive_read_new();
  ::archive_read_support_filter_zstd(reader);
  ::archive_read_support_format_tar(reader);
  REQUIRE(::archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
  struct archive_entry* entry = nullptr;
  int got = 0;
  while ((got = ::archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
    std::string content(static_cast<size_t>(::archive_entry_size(entry)), '\0');
    CHECK(::archive_read_data(reader, content.data(), content.size()) == static_cast<la_ssize_t>(content.size()));
    out[::archive_entry_pathname(entry)] = content;
  }
  CHECK(got == ARCHIVE_EOF);
  ::archive_read_free(reader);
  return out;
}

}  // namespace

TEST_CASE("an archive holds what it was given, however it is read") {
  auto folder = must(TempDir::make("archive"));
  auto random = random_hex(400'000);
  REQUIRE(write_file(folder.path() / "layer", random));
  for (size_t piece : {size_t{1000}, size_t{1} << 16, size_t{1} << 24}) {
    Fd fd(::open((folder.path() / "layer").c_str(), O_RDONLY | O_CLOEXEC));
    long long heard = 0;
    Archive archive(
        {{.path = "empty"}, {.path = "text", .content = "hello"}, {.path = "a/layer", .fd = fd.get(), .size = 800'000}},
        [&](long long bytes) { heard += bytes; });
    auto bytes = all_of(archive, piece);
    CHECK(archive.made() == static_cast<long long>(bytes.size()));
    CHECK(bytes.size() < 800'000);  // compressed
    CHECK(heard == 800'005);
    CHECK(unpacked(bytes) == std::map<std::string, std::string>{{"empty", ""}, {"text", "hello"}, {"a/layer", random}});
  }
}

TEST_CASE("a file that became shorter ends the archive with an error") {
  auto folder = must(TempDir::make("archive"));
  REQUIRE(write_file(folder.path() / "layer", "short"));
  Fd fd(::open((folder.path() / "layer").c_str(), O_RDONLY | O_CLOEXEC));
  Archive archive({{.path = "layer", .fd = fd.get(), .size = 6}});
  std::string buffer(1 << 20, '\0');
  Result<size_t> got = 1;
  while (got && *got > 0) got = archive.read(buffer);
  REQUIRE_FALSE(got);
  CHECK(got.error().message.contains("shorter"));
}

TEST_CASE("an OCI archive names the image and holds only the layers that travel") {
  auto folder = must(TempDir::make("archive"));
  REQUIRE(write_file(folder.path() / "code", "layer code"));
  OpenBlobs blobs;
  blobs.emplace(layer_digest("code"), Fd(::open((folder.path() / "code").c_str(), O_RDONLY | O_CLOEXEC)));
  auto image = image_with({{"base", 80 << 20}, {"code", 10}});
  Archive archive(must(oci_files(image, "localhost/shop:7", {image.layers[1]}, blobs)));
  auto files = unpacked(all_of(archive, 4096));
  CHECK(files.size() == 5);
  CHECK(files.at("oci-layout") == R"({"imageLayoutVersion":"1.0.0"})");
  CHECK(files.at("index.json").contains("localhost/shop:7"));
  CHECK(files.at("index.json").contains(image.digest));
  CHECK(files.at("blobs/sha256/" + hex_of(image.digest)) == image.manifest);
  CHECK(files.at("blobs/sha256/" + image.id) == image.config);
  CHECK(files.at("blobs/sha256/" + hex_of(layer_digest("code"))) == "layer code");
  CHECK(oci_files(image, "localhost/shop:7", image.layers, blobs).error().code == ErrorCode::internal);
}
