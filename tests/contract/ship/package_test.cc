// A package is written from one real Podman and loaded into another.
#include "package/package.hh"

#include <doctest/doctest.h>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "ship/target.hh"
#include "support/layered_image.hh"
#include "support/must.hh"
#include "support/second_podman.hh"

using namespace podwright;
using namespace podwright::package;

TEST_CASE("a package holds all that another machine needs, and no secret") {
  test::ImageBuilder images;
  auto folder = must(TempDir::make("package"));
  ship::Layout layout(folder.path() / "layout", podman::Client(test::test_podman_socket()));
  Description description{.app = "shop", .release = 3, .source = "~/shop", .reference = "localhost/podwright/shop:3"};
  description.service = {.name = "shop",
                         .image = images.build({{"base", test::noise(9 << 20)}, {"code", "the code"}}),
                         .env = {{"MODE", "fast"}, {"TOKEN", "canary-2718281828"}},
                         .secret_env = {"TOKEN"},
                         .port = 8080};
  auto file = folder.path() / "shop.podwright";
  auto written = must(write(layout, description, file, {}, {}));
  CHECK(written.bytes == static_cast<long long>(fs::file_size(file)));
  CHECK_FALSE(fs::exists(file.native() + ".part"));
  auto all = must(run_ok({.argv = {"tar", "--zstd", "-xOf", file.native()}, .max_output = 64 << 20}));
  CHECK_FALSE(all.contains("canary-2718281828"));
  CHECK(all.contains("[Container]"));
  CHECK(all.contains("ExecStart="));

  auto package = must(verify(file, {}, {}));
  CHECK(package.manifest == written.manifest);
  CHECK(package.description.service.env.at("MODE") == "fast");
  CHECK(package.description.service.secret_env.contains("TOKEN"));

  test::SecondPodman far;
  long long done = 0;
  REQUIRE(load(package, far.client(), [&](long long part, long long) { done = part; }, {}));
  CHECK(done == package.image.bytes());
  CHECK(far.image_names() == std::vector<std::string>{"localhost/podwright/shop:3"});
  CHECK(must(ship::Target{far.client()}.find("localhost/podwright/shop:3"))->id == package.image.id);
  CHECK(far.unfinished().empty());
  done = 0;
  REQUIRE(load(package, far.client(), [&](long long part, long long) { done = part; }, {}));
  CHECK(done == 0);
}

TEST_CASE("a package that cannot be written leaves no file") {
  test::ImageBuilder images;
  auto folder = must(TempDir::make("package"));
  ship::Layout layout(folder.path() / "layout", podman::Client(test::test_podman_socket()));
  Description description{.app = "shop", .reference = "localhost/podwright/shop:1"};
  description.service = {.name = "shop", .image = images.build({{"code", "x"}})};
  CHECK_FALSE(write(layout, description, folder.path() / "missing/shop.podwright", {}, {}));
  std::stop_source stop;
  stop.request_stop();
  CHECK(write(layout, description, folder.path() / "shop.podwright", {}, stop.get_token()).error().code ==
        ErrorCode::cancelled);
  description.reference = "not a reference";
  CHECK(write(layout, description, folder.path() / "shop.podwright", {}, {}).error().code == ErrorCode::invalid);
  for (const auto& entry : fs::directory_iterator(folder.path())) CHECK(entry.path().filename() == "layout");
}
