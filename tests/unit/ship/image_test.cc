// Manifests and configurations, read and made.
#include "ship/image.hh"

#include <doctest/doctest.h>

#include "base/text.hh"
#include "unit/ship/images.hh"

using namespace podwright;
using namespace podwright::ship;

TEST_CASE("an image is read from its manifest and its configuration") {
  auto [manifest, config] = documents({{"base", 1000}, {"code", 24}});
  auto image = must(read_image(manifest, config));
  CHECK("sha256:" + image.id == digest_of(config));
  CHECK(image.digest == digest_of(manifest));
  CHECK(image.manifest == manifest);
  CHECK(image.bytes() == 1024);
  CHECK(image.diff_ids() == std::vector{layer_digest("base"), layer_digest("code")});
  CHECK(must(config_digest_of(manifest)) == digest_of(config));
}

TEST_CASE("documents that do not belong together are refused") {
  auto [manifest, config] = documents({{"base", 1000}});
  auto other = documents({{"other", 1000}});
  CHECK(read_image(manifest, other.config).error().code == ErrorCode::invalid);
  CHECK(read_image("", config).error().code == ErrorCode::invalid);
  CHECK(read_image("{}", config).error().code == ErrorCode::invalid);
  CHECK(read_image("[1]", config).error().code == ErrorCode::invalid);
  CHECK(read_image(replace_all(manifest, "1000", "-1"), config).error().code == ErrorCode::invalid);
  CHECK(read_image(replace_all(manifest, "\"layers\"", "\"blobs\""), config).error().code == ErrorCode::invalid);
  // As a registry's manifest: it names compressed layers.
  CHECK(read_image(replace_all(manifest, layer_digest("base"), layer_digest("packed")), config).error().code ==
        ErrorCode::invalid);
}

TEST_CASE("a prefix is an image of its own, and the same one for every image that begins so") {
  auto one = image_with({{"base", 1000}, {"deps", 200}, {"code", 24}});
  auto two = image_with({{"base", 1000}, {"deps", 200}, {"code, changed", 30}});
  auto prefix = prefix_of(one, 2);
  auto read = must(read_image(prefix.manifest, prefix.config));
  CHECK(read.id == prefix.id);
  CHECK(read.digest == prefix.digest);
  CHECK(read.diff_ids() == std::vector{layer_digest("base"), layer_digest("deps")});
  CHECK(prefix.config.contains(kLabelPartial));
  CHECK(prefix.config.contains("amd64"));
  CHECK(prefix_of(two, 2).id == prefix.id);
  CHECK(prefix_of(one, 1).id != prefix.id);
}

TEST_CASE("a digest is sha256 and 64 small hexadecimal digits") {
  CHECK(is_digest(digest_of("")));
  CHECK(digest_of("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (const char* text : {"", "sha256:", "sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                           "sha256:BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                           "sha256:../../../../../../../../../../../../../../../../../../../../etc/passwd"})
    CHECK_FALSE(is_digest(text));
}
