#include <doctest/doctest.h>

#include <iostream>

#include "bench.hh"

using namespace podwright;
using namespace podwright::build;

namespace {

struct Built {
  Result<BuiltImage> image;
  std::string log;
  Millis took;
};

Built build_it(PodmanBuilder& builder, const BuildRequest& request, std::stop_token stop = {}) {
  Built built{.image = fail(ErrorCode::internal, "not built"), .log = {}, .took = {}};
  Stopwatch watch;
  built.image = builder.build(request, [&](std::string_view text) { built.log += text; }, stop);
  built.took = watch.elapsed();
  return built;
}

}  // namespace

TEST_CASE("an express application is built, answers without root or a writable disk, and is rebuilt from its layers") {
  auto settings = test_settings();
  PodmanBuilder builder(settings);
  auto request = request_for(node_plan(), example("node-express"));
  auto first = build_it(builder, request);
  INFO(first.log);
  REQUIRE_MESSAGE(first.image, first.image.error().text());
  CHECK(first.image->id.size() == 64);
  CHECK(first.image->digest.starts_with("sha256:"));
  CHECK(podman(settings, {"image", "inspect", "--format", "{{.Digest}}", first.image->id}) == first.image->digest);
  {
    RunningImage running(settings, first.image->id, 3000);
    CHECK(running.get("/").contains("node-express 1"));
    CHECK(running.get("/healthz").contains("\"ok\""));
  }
  auto again = build_it(builder, request);
  REQUIRE(again.image);
  CHECK(again.image->id == first.image->id);
  MESSAGE("a build with nothing changed took " << again.took.count() << " ms");
  CHECK_FALSE(again.log.contains("added"));  // npm's word for an install
  podman(settings, {"rmi", "-f", first.image->id});
}

TEST_CASE("a static site is served with clean URLs, compression, types and its own 404 page") {
  auto settings = test_settings();
  PodmanBuilder builder(settings);
  auto built = build_it(builder, request_for(static_plan(), example("static")));
  INFO(built.log);
  REQUIRE_MESSAGE(built.image, built.image.error().text());
  RunningImage running(settings, built.image->id, 8080);
  CHECK(running.get("/").contains("static VERSION 1"));
  CHECK(running.get("/style.css").contains("text/css"));
  CHECK(running.get("/nothing").contains("There is no such page"));
  CHECK(running.get("/nothing").starts_with("HTTP/1.1 404"));
  CHECK(running.get("/.git/config").starts_with("HTTP/1.1 404"));
}
