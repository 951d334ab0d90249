// Every path of a deployment on this machine, and what a restart repairs.
#include "unit/orchestrate/world.hh"

using namespace podwright;
using namespace podwright::orchestrate;

TEST_CASE_FIXTURE(World, "a deployment ends exposed, with one instance in the route") {
  auto deployment = deploy();
  INFO((deployment.error ? deployment.error->text() : ""));
  CHECK(deployment.phase == Phase::exposed);
  CHECK(deployment.release == 1);
  CHECK(deployment.url == "http://shop.localhost:8080/");
  CHECK(route().targets.size() == 1);
  CHECK(must(engine->app(kShop)).status == "running");
}

TEST_CASE_FIXTURE(World, "the next release takes over and the old one is retired") {
  deploy();
  auto old = route().targets;
  auto second = deploy();
  CHECK(second.release == 2);
  CHECK(route().targets != old);
  CHECK(eventually([&] { return containers() == 1; }));
}

TEST_CASE_FIXTURE(World, "an old instance with open sessions drains before it is stopped") {
  deploy();
  auto old = route().targets.front().name;
  proxy.open(kShop.text(), old);
  deploy();
  CHECK(containers() == 2);
  proxy.close(kShop.text(), old);
  CHECK(eventually([&] { return containers() == 1; }));
}

TEST_CASE_FIXTURE(World, "a release that fails its gate never gets traffic and leaves nothing") {
  deploy();
  auto before = route();
  builder.next_image_behaves({.exits_with = 3, .log = "cannot find the database\n"});
  auto failed = deploy();
  CHECK(failed.phase == Phase::rolled_back);
  REQUIRE(failed.error);
  CHECK(failed.error->message.contains("cannot find the database"));
  CHECK(route() == before);
  CHECK(containers() == 1);
  CHECK(must(engine->app(kShop)).app.active_release == 1);
}

TEST_CASE_FIXTURE(World, "a first deployment that fails ends failed, without a route") {
  builder.next_image_behaves({.serves = false});
  auto failed = deploy();
  CHECK(failed.phase == Phase::failed);
  CHECK(containers() == 0);
  CHECK_FALSE(must(proxy.observe()).contains(kShop.text()));
}

TEST_CASE_FIXTURE(World, "a transient failure is tried again") {
  runtime.fail_next("create", error(ErrorCode::unavailable, "Podman went away"));
  auto deployment = deploy();
  CHECK(deployment.phase == Phase::exposed);
  CHECK(deployment.attempts == 2);
}

TEST_CASE_FIXTURE(World, "a proxy that fails at the switch leaves the old release in the store and in the route") {
  deploy();
  auto before = route();
  builder.on_build = [&] { proxy.fail_next(error(ErrorCode::failed, "the proxy said no")); };
  auto failed = deploy();
  CHECK(failed.phase == Phase::rolled_back);
  CHECK(route() == before);
  CHECK(must(engine->app(kShop)).app.active_release == 1);
}

TEST_CASE_FIXTURE(World, "a cancelled deployment stops its build and leaves nothing") {
  builder.hang = true;
  auto id = submit().id;
  REQUIRE(eventually([&] { return must(store->deployment(id)).phase == Phase::building; }));
  REQUIRE(engine->cancel(id));
  CHECK(ended(id).phase == Phase::cancelled);
  CHECK(containers() == 0);
}

TEST_CASE_FIXTURE(World, "a rollback builds nothing and brings the old image back") {
  deploy();
  auto first = must(store->release(kShop, 1)).service.image;
  deploy();
  int builds = builder.builds;
  auto rolled = ended(must(engine->rollback(kShop, 0)).id);
  CHECK(rolled.phase == Phase::exposed);
  CHECK(builder.builds == builds);
  CHECK(must(store->release(kShop, rolled.release)).service.image == first);
}

TEST_CASE_FIXTURE(World, "a shutdown leaves a running deployment to the next daemon") {
  builder.hang = true;
  auto id = submit().id;
  REQUIRE(eventually([&] { return must(store->deployment(id)).phase == Phase::building; }));
  engine.reset();
  CHECK(must(store->deployment(id)).phase == Phase::queued);
  builder.hang = false;
  start();
  CHECK(ended(id).phase == Phase::exposed);
}

TEST_CASE_FIXTURE(World, "an instance that exits is started again; one that is removed is made again") {
  deploy();
  auto name = route().targets.front().name;
  runtime.crash(name);
  CHECK(eventually([&] { return engine->instances("shop", "").value().front().health.restarts == 1; }));
  CHECK(must(runtime.inspect(name)).state == InstanceState::running);
  REQUIRE(runtime.remove(name));
  CHECK(eventually([&] {
    return containers() == 1 && !route().targets.empty() && runtime.inspect(name)->state == InstanceState::running;
  }));
}

TEST_CASE_FIXTURE(World,
                  "scaling changes the number of instances in the route; stopping empties it; starting fills it") {
  deploy();
  REQUIRE(engine->scale(kShop, 3));
  CHECK(route().targets.size() == 3);
  REQUIRE(engine->scale(kShop, 1));
  CHECK(route().targets.size() == 1);
  REQUIRE(engine->stop(kShop));
  CHECK(route().targets.empty());
  CHECK(eventually([&] { return containers() == 0; }));
  REQUIRE(engine->resume(kShop));
  CHECK(route().targets.size() == 1);
}

TEST_CASE_FIXTURE(World, "destroying removes containers, route and records; foreign containers stay") {
  runtime.add_foreign("somebody-elses");
  deploy();
  REQUIRE(engine->destroy(kShop, true));
  CHECK(containers() == 0);
  CHECK(must(runtime.images({{std::string(kLabelApp), "shop"}})).empty());
  CHECK(engine->app(kShop).error().code == ErrorCode::not_found);
  CHECK(engine->destroy(kShop, true).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(World, "a proxy that lost everything is brought back at the start") {
  deploy();
  auto before = route();
  engine.reset();
  proxy.die();
  start();
  CHECK(route() == before);
}

TEST_CASE_FIXTURE(World,
                  "a release command runs once, before the release; when it fails nothing of the release starts") {
  must(write_source("<h1>1</h1>"));
  REQUIRE(write_file(dir.path() / "src" / "shop" / "podwright.yaml", "release: ./migrate\n"));
  runtime.behave("/bin/sh", {.serves = false, .exits_with = 0});
  CHECK(deploy().phase == Phase::exposed);
  runtime.behave("/bin/sh", {.serves = false, .exits_with = 1});
  auto before = route();
  auto failed = deploy();
  CHECK(failed.phase == Phase::rolled_back);
  CHECK(failed.error->message.contains("release command"));
  CHECK(route() == before);
  CHECK(std::ranges::count_if(runtime.calls(), [](const std::string& call) {
          return call.contains("create") && call.contains("-run-");
        }) == 2);
}

TEST_CASE_FIXTURE(World, "a source with several services is deployed as several apps") {
  for (auto folder : {"shop/api", "shop/web"}) {
    REQUIRE(make_directories(dir.path() / "mono" / folder));
    REQUIRE(write_file(dir.path() / "mono" / folder / "package.json",
                       R"({"name": "x", "scripts": {"start": "node server.js"}})"));
    REQUIRE(write_file(dir.path() / "mono" / folder / "server.js", "require('http').createServer().listen(3000);"));
  }
  DeployRequest request{.location = dir.path() / "mono", .app = "mono"};
  auto dry = must(engine->dry_run(request));
  CHECK(std::ranges::count_if(dry.steps,
                              [](const std::string& step) { return step.starts_with("mono-api: create"); }) == 1);
  CHECK(dry.containerfile.contains("# mono-web\n"));

  auto whole = ended(must(engine->submit(request, "key")).id);
  INFO((whole.error ? whole.error->text() : ""));
  CHECK(whole.phase == Phase::split);
  REQUIRE(whole.parts.size() == 2);
  std::vector<std::string> apps;
  for (const auto& part : whole.parts) {
    auto deployment = must(store->deployment(part));
    CHECK(deployment.phase == Phase::exposed);
    apps.push_back(deployment.app);
  }
  CHECK(apps == std::vector<std::string>{"mono-api", "mono-web"});
  CHECK(must(engine->apps()).size() == 2);

  request.port = 3000;
  auto refused = ended(must(engine->submit(request, {})).id);
  CHECK(refused.phase == Phase::failed);
  CHECK(refused.error->message.contains("--path shop/api"));
  request.path = "shop/web";
  CHECK(ended(must(engine->submit(request, {})).id).phase == Phase::exposed);
}

TEST_CASE_FIXTURE(World, "a daemon that died between an end and its record finishes the deployment, whatever the end") {
  for (auto end : {Phase::cancelled, Phase::built, Phase::split}) {
    engine.reset();
    auto id = must(store->submit({.kind = DeploymentKind::build, .location = "/nowhere", .app = "shop"}, "", "")).id;
    auto claim = must(store->claim("a daemon that dies", 1h));
    for (auto phase : {Phase::analyzing, Phase::building}) {
      if (phase == Phase::building && end == Phase::split) continue;
      REQUIRE(store->record(claim->lease, {.phase = phase}));
    }
    REQUIRE(store->record(claim->lease, {.phase = end}));
    start();
    CHECK(ended(id).phase == end);
    CHECK(must(store->deployment(id)).done);
  }
}

TEST_CASE_FIXTURE(World, "a runtime that does not answer is revived and the deployment goes on") {
  engine.reset();
  int revived = 0;
  Settings settings{.state_dir = dir.path() / "state", .reconcile_interval = 1h};
  settings.revive_runtime = [&]() -> Status { return ++revived, Status{}; };
  engine = must(Engine::start({*store, runtime, proxy, builder}, settings));
  runtime.fail_next("create", error(ErrorCode::unavailable, "Podman went away"));
  CHECK(deploy().phase == Phase::exposed);
  CHECK(revived == 1);
}
