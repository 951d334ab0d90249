// The layout's index, its blobs' files, and the command that fills it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <boost/json.hpp>

#include "base/fs.hh"
#include "ship/blobs.hh"
#include "ship/export.hh"
#include "ship/index.hh"
#include "ship/plan.hh"
#include "unit/ship/images.hh"

using namespace podwright;
using namespace podwright::ship;

TEST_CASE("an index is read back as it was written") {
  Index index{{"one", layer_digest("1")}, {"two", layer_digest("2")}};
  CHECK(read_index(write_index(index, {{layer_digest("1"), 10}, {layer_digest("2"), 20}})) == index);
  CHECK(read_index(write_index(index, {{layer_digest("2"), 20}})) == Index{{"two", layer_digest("2")}});
  for (const char* text :
       {"", "{", "[]", R"({"manifests":1})",
        R"({"manifests":[{"digest":"sha256:../x","annotations":{"org.opencontainers.image.ref.name":"a"}}]})"})
    CHECK(read_index(text).empty());
}

TEST_CASE("what no kept image needs goes, and large layers that nobody asked for become hollow") {
  auto kept = image_with({{"base", 80 << 20}, {"code", 5}});
  auto blob = [](const std::string& digest, long long size, Millis idle, bool hollow = false) {
    return Stored{.digest = digest, .size = size, .hollow = hollow, .idle = idle};
  };
  Millis hour = std::chrono::hours(1);
  auto plan = plan_trim({kept},
                        {blob(kept.digest, 100, 9 * hour), blob("sha256:" + kept.id, 100, 9 * hour),
                         blob(layer_digest("base"), 80 << 20, 2 * hour), blob(layer_digest("code"), 5, 9 * hour),
                         blob(layer_digest("old code"), 5, Millis(0)), blob("sha256:not even a digest", 1, Millis(0))},
                        hour);
  REQUIRE(plan.remove.size() == 2);
  CHECK(plan.remove[0].digest == layer_digest("old code"));
  CHECK(plan.remove[1].digest == "sha256:not even a digest");
  REQUIRE(plan.hollow.size() == 1);
  CHECK(plan.hollow[0].digest == layer_digest("base"));
  CHECK(plan_trim({kept}, {blob(layer_digest("base"), 80 << 20, Millis(1000))}, hour).hollow.empty());
  CHECK(plan_trim({kept}, {blob(layer_digest("base"), 80 << 20, 2 * hour, true)}, hour).hollow.empty());
  CHECK(plan_trim({}, {blob(kept.digest, 100, Millis(0))}, hour).remove.size() == 1);
}

TEST_CASE("a hollow blob keeps its size, gives its bytes back, and counts as missing") {
  auto folder = must(TempDir::make("blobs"));
  Blobs blobs(folder.path());
  std::string content(kLargeLayer, 'x');
  Blob blob{.digest = digest_of(content), .size = kLargeLayer};
  REQUIRE(write_file(blobs.path(blob.digest), content));
  auto reader = blobs.open(blob);
  CHECK(reader);
  auto stored = blobs.list();
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].digest == blob.digest);
  CHECK_FALSE(stored[0].hollow);
  CHECK(stored[0].idle < std::chrono::minutes(1));

  REQUIRE(blobs.hollow_out(stored[0]));
  struct stat info{};
  REQUIRE(::stat(blobs.path(blob.digest).c_str(), &info) == 0);
  CHECK(info.st_size == kLargeLayer);
  CHECK(info.st_blocks < 16);
  CHECK_FALSE(blobs.open(blob));
  CHECK(blobs.list().at(0).hollow);
  char byte = 0;
  CHECK(::pread(reader.get(), &byte, 1, kLargeLayer - 1) == 1);  // who had it open reads on
  CHECK(byte == 'x');
}

TEST_CASE("a blob of another size or content is noticed") {
  auto folder = must(TempDir::make("blobs"));
  Blobs blobs(folder.path());
  Blob blob{.digest = digest_of("content"), .size = 7};
  CHECK_FALSE(blobs.open(blob));
  CHECK_FALSE(blobs.is_damaged(blob.digest));
  REQUIRE(write_file(blobs.path(blob.digest), "content"));
  CHECK(blobs.open(blob));
  CHECK_FALSE(blobs.is_damaged(blob.digest));
  REQUIRE(write_file(blobs.path(blob.digest), "conTent"));
  CHECK(blobs.is_damaged(blob.digest));
  REQUIRE(write_file(blobs.path(blob.digest), "cont"));
  CHECK_FALSE(blobs.open(blob));
}

TEST_CASE("skopeo gets the storage that Podman uses and a layout that no ':' can divide") {
  auto info =
      boost::json::parse(
          R"({"store":{"graphDriverName":"overlay","graphRoot":"/var/lib/c","runRoot":"/run/c","graphOptions":{}}})")
          .get_object();
  auto store = must(store_of(info));
  CHECK(store == "overlay@/var/lib/c+/run/c");
  auto command = export_command(store, "1234", "/state:odd/ship");
  CHECK(command.argv == std::vector<std::string>{
                            "skopeo", "--insecure-policy", "copy", "--quiet", "--dest-oci-accept-uncompressed-layers",
                            "containers-storage:[overlay@/var/lib/c+/run/c]@1234", "oci:ship:1234"});
  CHECK(command.directory == "/state:odd");

  auto rootless =
      boost::json::parse(
          R"({"store":{"graphDriverName":"overlay","graphRoot":"/home/u/s","runRoot":"/run/user/1/c","graphOptions":
    {"overlay.mount_program":{"Executable":"/usr/bin/fuse-overlayfs","Package":"p","Version":"v"},"overlay.mountopt":"nodev"}}})")
          .get_object();
  CHECK(must(store_of(rootless)) ==
        "overlay@/home/u/s+/run/user/1/c:overlay.mount_program=/usr/bin/fuse-overlayfs,overlay.mountopt=nodev");
  CHECK(store_of({}).error().code == ErrorCode::unavailable);
}

TEST_CASE("what skopeo says becomes an error that one can act on") {
  auto error_of = [](std::string said) {
    return export_failure("123456789012345", {.exit_code = 1, .out = "", .err = std::move(said)});
  };
  CHECK(error_of("level=fatal msg=\"locating image with ID \\\"12\\\": image not known\"").code ==
        ErrorCode::not_found);
  CHECK(error_of("write /x/oci-put-blob1: no space left on device").code == ErrorCode::exhausted);
  auto other = error_of(std::string(5000, 'x') + "\x1b[0m why");
  CHECK(other.code == ErrorCode::failed);
  CHECK(other.message.contains("why"));
  CHECK_FALSE(other.message.contains('\x1b'));
  CHECK(other.message.size() < 1000);
}
