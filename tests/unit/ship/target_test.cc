// What the Podman on the other side says to a load.
#include "ship/target.hh"

#include <doctest/doctest.h>

#include "podman/api_error.hh"
#include "unit/ship/images.hh"

using namespace podwright;
using namespace podwright::ship;

namespace {

Error refused(const std::string& reason) {
  auto body =
      R"({"message":"unable to load image: payload does not match any of the supported image formats:\n * oci: initializing source oci:/tmp/libpod-images-load.tar1:: open /tmp/libpod-images-load.tar1/index.json: not a directory\n * oci-archive: )" +
      reason +
      R"(\n * docker-archive: loading tar component manifest.json: file does not exist\n * dir: open /tmp/x/manifest.json: not a directory","response":500})";
  return load_failure(podman::api_error(500, body, "POST /images/load"));
}

}  // namespace

TEST_CASE("of a refused archive the reason is shown, not what it looked like in other formats") {
  auto missing = refused("reading blob " + layer_digest("base") +
                         ": open /var/tmp/oci7/blobs/sha256/x: no such file or directory");
  CHECK(missing.code == ErrorCode::failed);
  CHECK(missing.hint.empty());
  CHECK_FALSE(missing.message.contains("docker-archive"));
  CHECK(missing_layer(missing) == layer_digest("base"));
  CHECK_FALSE(says_damaged(missing));

  auto damaged = refused(
      "writing blob: storing blob to file \\\"/var/tmp/storage1/2\\\": happened during read: Digest did not match, "
      "expected sha256:00, got sha256:01");
  CHECK(says_damaged(damaged));
  CHECK_FALSE(missing_layer(damaged));

  auto full = refused("writing blob: write /var/tmp/storage1/2: no space left on device");
  CHECK(full.code == ErrorCode::exhausted);
  CHECK_FALSE(full.hint.empty());

  auto other = load_failure(podman::api_error(500, R"({"message":"something else"})", "POST /images/load"));
  CHECK(other.message.contains("something else"));
  CHECK_FALSE(missing_layer(error(ErrorCode::failed, "reading blob sha256:12: no such file")));
}

TEST_CASE("an answer of 200 is a success only when it names an image") {
  CHECK(check_loaded(R"({"Names":["localhost/shop:7"]})"));
  for (const char* text : {"", "{}", R"({"Names":[]})", R"({"error":"no space left"})", "<html>"})
    CHECK_FALSE(check_loaded(text));
  CHECK(check_loaded(R"({"error":"why not"})").error().message.contains("why not"));
}
