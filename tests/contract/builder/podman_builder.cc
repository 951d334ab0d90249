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

std::string reason(const Result<BuiltImage>& result) { return result ? "" : result.error().text(); }

}  // namespace

TEST_CASE("an express application is built, answers without root or a writable disk, and is rebuilt from its layers") {
  auto settings = test_settings();
  PodmanBuilder builder(settings);
  auto request = request_for(node_plan(), example("node-express"));
  auto first = build_it(builder, request);
  INFO(first.log, reason(first.image));
  REQUIRE(first.image);
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
  INFO(built.log, reason(built.image));
  REQUIRE(built.image);
  RunningImage running(settings, built.image->id, 8080);
  CHECK(running.get("/").contains("static VERSION 1"));
  CHECK(running.get("/style.css").contains("text/css"));
  CHECK(running.get("/nothing").contains("There is no such page"));
  CHECK(running.get("/nothing").starts_with("HTTP/1.1 404"));
  CHECK(running.get("/.git/config").starts_with("HTTP/1.1 404"));
}

TEST_CASE("a cancelled build ends within two seconds and leaves no process, container, mount or scratch file") {
  auto settings = test_settings();
  PodmanBuilder builder(settings);
  auto plan = node_plan();
  plan.build_command = "echo step-runs; setsid sleep 987 & sleep 987";
  std::stop_source stop;
  std::string log;
  Stopwatch since_cancel;
  auto image = builder.build(request_for(plan, example("node-express")), [&](std::string_view text) {
    log += text;
    if (text.starts_with("step-runs")) since_cancel = Stopwatch(), stop.request_stop();
  }, stop.get_token());
  auto took = since_cancel.elapsed();
  INFO(log);
  REQUIRE_FALSE(image);
  CHECK(image.error().code == ErrorCode::cancelled);
  CHECK(took < Millis(2000));
  MESSAGE("cancelling took " << took.count() << " ms");
  CHECK(fs::is_empty(settings.cache_dir / "builds"));
  CHECK_FALSE(run({.argv = {"pgrep", "-f", "^sleep 987"}})->exit_code == 0);
  CHECK_FALSE(podman(settings, {"ps", "-a", "--external", "--format", "{{.Names}} {{.Image}}"}).contains("pwtest-node"));
  CHECK_FALSE(read_file("/proc/self/mountinfo")->contains(settings.cache_dir.native()));
}

TEST_CASE("a build that fails says why with its last lines") {
  PodmanBuilder builder(test_settings());
  auto plan = node_plan();
  plan.build_command = "echo before; echo the reason >&2; exit 3";
  auto built = build_it(builder, request_for(plan, example("node-express")));
  REQUIRE_FALSE(built.image);
  CHECK(built.image.error().code == ErrorCode::failed);
  CHECK(built.image.error().message.contains("the reason"));
}

TEST_CASE("a build secret reaches the build byte for byte and is in no layer, history or configuration") {
  auto settings = test_settings();
  PodmanBuilder builder(settings);
  auto plan = node_plan();
  const std::string canary = "can\"ary $HOME 'q' %s\nline-" + random_hex(8) + "\n";
  // A secret is no part of a layer's cache key, so the step must differ from run to run by itself.
  plan.build_command = "printf %s \"$CANARY\" | sha256sum | cut -c1-64 > sum.txt && : " + random_hex(8);
  auto request = request_for(plan, example("node-express"));
  request.secrets["CANARY"] = canary;
  auto built = build_it(builder, request);
  INFO(built.log, reason(built.image));
  REQUIRE(built.image);
  auto expected = run({.argv = {"sha256sum"}, .input = canary})->out.substr(0, 64);
  CHECK(podman(settings, {"run", "--rm", built.image->id, "cat", "/app/sum.txt"}) == expected);
  auto needle = canary.substr(canary.find("line-"), 21);
  CHECK_FALSE(podman(settings, {"image", "inspect", built.image->id}).contains(needle));
  CHECK_FALSE(podman(settings, {"history", "--no-trunc", built.image->id}).contains(needle));
  CHECK_FALSE(built.log.contains(needle));
  auto tar = settings.cache_dir / "canary.tar";
  podman(settings, {"save", "--format=oci-archive", "-o", tar.native(), built.image->id});
  CHECK(run({.argv = {"grep", "-q", needle, tar.native()}})->exit_code == 1);
  CHECK(run({.argv = {"grep", "-rq", needle, settings.cache_dir.native()}, .limit = std::chrono::seconds(60)})->exit_code == 1);
  fs::remove(tar);
  podman(settings, {"rmi", "-f", built.image->id});
}

TEST_CASE("a Dockerfile of the repository's own is built upon a named base, and a hostile one is refused") {
  auto settings = test_settings();
  PodmanBuilder builder(settings);
  BuildPlan plan{.name = "dockerfile", .root = ".", .language = "docker"};
  plan.runtime = RuntimeKind::containerfile;
  plan.containerfile = "Dockerfile";
  auto built = build_it(builder, request_for(plan, example("dockerfile")));
  INFO(built.log, reason(built.image));
  REQUIRE(built.image);
  {
    RunningImage running(settings, built.image->id, 8000);
    CHECK(running.get("/").contains("dockerfile 1"));
  }
  podman(settings, {"rmi", "-f", built.image->id});
  CHECK(builder.list_bases()->front().request == "root");

  auto hostile = TempDir::make("pwtest-hostile");
  REQUIRE(hostile);
  REQUIRE(write_file(hostile->path() / "Dockerfile", "FROM scratch\nRUN --mount=type=bind,from=x,source=/,target=/h true\n"));
  auto refused = build_it(builder, request_for(plan, hostile->path()));
  REQUIRE_FALSE(refused.image);
  CHECK(refused.image.error().code == ErrorCode::denied);
  CHECK(refused.image.error().origin == "Dockerfile:2");
}
