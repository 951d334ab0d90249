// The engine on the fakes of its ports and the real store: every path of a deployment, and what a restart repairs.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/fs.hh"
#include "deploy/plan.hh"
#include "orchestrate/engine.hh"
#include "support/fake_builder.hh"
#include "support/fake_proxy.hh"
#include "support/fake_runtime.hh"
#include "support/must.hh"


using namespace podwright;
using namespace podwright::orchestrate;
using namespace std::chrono_literals;

namespace {

const AppKey kShop{"shop", "production"};

struct World {
  TempDir dir = must(TempDir::make("podwright-engine"));
  std::unique_ptr<Store> store = must(Store::open(dir.path() / "state" / "podwright.db"));
  FakeRuntime runtime{store->installation()};
  test::FakeProxy proxy;
  test::FakeBuilder builder{runtime};
  std::unique_ptr<Engine> engine;

  World() {
    must(write_source("<h1>1</h1>"));
    start();
  }

  Result<int> write_source(std::string_view content) {
    TRY(make_directories(dir.path() / "src" / "shop"));
    TRY(write_file(dir.path() / "src" / "shop" / "index.html", content));
    TRY(write_file(dir.path() / "src" / "shop" / "podwright.yaml", "health:\n  start_period: 2s\n"));
    return 0;
  }
  void start() { engine = must(Engine::start({*store, runtime, proxy, builder}, {.state_dir = dir.path() / "state", .reconcile_interval = 1h})); }
  void restart() {
    engine.reset();
    start();
  }

  Deployment submit() { return must(engine->submit({.location = dir.path() / "src" / "shop"}, {})); }
  Deployment ended(const std::string& id) {
    for (auto deadline = Deadline::in(20s); !deadline.passed();) {
      auto seen = store->last_event();
      auto deployment = must(store->deployment(id));
      auto open = must(store->unfinished());
      if (is_final(deployment.phase) && open.empty()) return deployment;
      store->wait_for_events(seen, deadline.sooner(50ms));
    }
    FAIL("the deployment did not end");
    return {};
  }
  Deployment deploy() { return ended(submit().id); }
  RouteSpec route() { return must(proxy.observe())[kShop.text()]; }

  template <class Condition>
  bool eventually(Condition condition) {
    for (auto deadline = Deadline::in(10s); !deadline.passed(); store->wait_for_events(store->last_event(), Deadline::in(20ms)))
      if (condition()) return true;
    return false;
  }
  size_t containers() { return must(runtime.list(podwright::deploy::app_labels(store->installation(), kShop))).size(); }
};

}  // namespace

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
  CHECK(eventually([&] { return containers() == 1 && !route().targets.empty() && runtime.inspect(name)->state == InstanceState::running; }));
}

TEST_CASE_FIXTURE(World, "scaling changes the number of instances in the route; stopping empties it; starting fills it") {
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

TEST_CASE_FIXTURE(World, "a release command runs once, before the release; when it fails nothing of the release starts") {
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
  CHECK(std::ranges::count_if(runtime.calls(), [](const std::string& call) { return call.contains("create") && call.contains("-run-"); }) == 2);
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
