#include <doctest/doctest.h>

#include "base/fs.hh"
#include "store/store.hh"
#include "support/must.hh"

using namespace podwright;

namespace {

struct Fixture {
  TempDir dir = TempDir::make("podwright-store").value();
  std::unique_ptr<Store> store = open();

  std::unique_ptr<Store> open() const { return must(Store::open(dir.path() / "podwright.db")); }
  Deployment submit(const std::string& app = "shop", const std::string& key = "") {
    return store->submit({.location = "/src/" + app, .app = app, .env = {{"TOKEN", "canary-7f3a"}}}, "/src/" + app, key).value();
  }
  Claim claim(const std::string& owner = "a") { return store->claim(owner, std::chrono::seconds(30)).value().value(); }
  Status move(const Claim& claim, Phase phase) { return store->record(claim.lease, {.phase = phase}); }
};


}  // namespace

TEST_CASE_FIXTURE(Fixture, "a submitted deployment is queued and survives a restart") {
  auto id = submit().id;
  store.reset();
  store = open();
  auto found = store->deployment(id).value();
  CHECK(found.phase == Phase::queued);
  CHECK(found.phases.size() == 1);
  CHECK(claim().request.env.at("TOKEN") == "canary-7f3a");
}

TEST_CASE_FIXTURE(Fixture, "repeated requests with one idempotency key make one deployment") {
  auto first = submit("shop", "k1");
  CHECK(submit("shop", "k1").id == first.id);
  CHECK(store->deployments({.app = "shop"}).value().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a deployment that was split knows the deployments of its services") {
  auto whole = claim((submit("shop"), "a"));
  auto api = submit("shop-api", whole.deployment.id + "/api");
  auto web = submit("shop-web", whole.deployment.id + "/packages/web");
  submit("other", "key");
  REQUIRE(move(whole, Phase::analyzing));
  REQUIRE(move(whole, Phase::split));
  CHECK(store->deployment(whole.deployment.id).value().parts == std::vector{api.id, web.id});
}

TEST_CASE_FIXTURE(Fixture, "a newer deployment supersedes the queued one, not the running one") {
  auto running = claim((submit(), "a"));
  auto queued = submit();
  auto newest = submit();
  CHECK(store->deployment(queued.id).value().phase == Phase::superseded);
  CHECK(store->deployment(running.deployment.id).value().phase == Phase::queued);
  CHECK(store->deployment(newest.id).value().phase == Phase::queued);
}

TEST_CASE_FIXTURE(Fixture, "one deployment runs per app and environment, other apps run beside it") {
  submit("shop");
  auto first = claim();
  submit("shop");
  submit("blog");
  CHECK(claim().deployment.app == "blog");
  CHECK_FALSE(store->claim("a", std::chrono::seconds(30)).value().has_value());
  REQUIRE(move(first, Phase::cancelled));
  REQUIRE(store->finish(first.lease));
  CHECK(claim().deployment.app == "shop");
}

TEST_CASE_FIXTURE(Fixture, "a worker that lost its lease cannot write") {
  submit();
  auto old = store->claim("a", Millis(0)).value().value();
  REQUIRE(store->release_leases_of_others("b"));
  auto current = claim("b");
  CHECK(move(old, Phase::analyzing).error().code == ErrorCode::conflict);
  CHECK(move(current, Phase::analyzing));
  CHECK(store->finish(old.lease).error().code == ErrorCode::conflict);
}

TEST_CASE_FIXTURE(Fixture, "only moves of the lifecycle are recorded") {
  submit();
  auto mine = claim();
  CHECK(move(mine, Phase::exposed).error().code == ErrorCode::internal);
  CHECK(move(mine, Phase::analyzing));
  CHECK(store->deployment(mine.deployment.id).value().phases.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a retried deployment waits until it is due and counts its attempts") {
  submit();
  auto mine = claim();
  REQUIRE(move(mine, Phase::analyzing));
  REQUIRE(store->retry_later(mine.lease, now() + std::chrono::hours(1)));
  CHECK_FALSE(store->claim("a", std::chrono::seconds(30)).value().has_value());
  CHECK(store->deployment(mine.deployment.id).value().attempts == 1);
}

TEST_CASE_FIXTURE(Fixture, "a queued deployment is cancelled at once, a running one is asked to") {
  auto queued = submit("blog");
  REQUIRE(store->request_cancel(queued.id));
  CHECK(store->deployment(queued.id).value().phase == Phase::cancelled);
  submit("shop");
  auto mine = claim();
  REQUIRE(store->request_cancel(mine.deployment.id));
  auto running = store->deployment(mine.deployment.id).value();
  CHECK(running.phase == Phase::queued);
  CHECK(running.cancel_requested);
}

TEST_CASE_FIXTURE(Fixture, "exposing switches the active release in the same transaction") {
  submit();
  auto mine = claim();
  for (auto phase : {Phase::analyzing, Phase::building, Phase::provisioning, Phase::deploying, Phase::healthy}) REQUIRE(move(mine, phase));
  AppKey key{"shop", "production"};
  Release release{.key = key, .number = store->next_release_number(key).value(), .deployment = mine.deployment.id};
  release.service.image = "sha256:abc";
  REQUIRE(store->save_release(release));
  REQUIRE(store->expose(mine.lease, release, {.phase = Phase::exposed, .url = "http://shop.localhost:8080"}));
  CHECK(store->app(key).value().active_release == 1);
  CHECK(store->deployment(mine.deployment.id).value().phase == Phase::exposed);
  CHECK(store->release(key, 1).value().service.image == "sha256:abc");
  CHECK(store->next_release_number(key).value() == 2);
}

TEST_CASE_FIXTURE(Fixture, "environment values do not lie in clear in the database") {
  submit();
  REQUIRE(store->save_settings({"shop", "production"}, {.env = {{"TOKEN", "canary-7f3a"}}}));
  store.reset();
  for (const auto& entry : fs::directory_iterator(dir.path()))
    CHECK_FALSE(read_file(entry.path()).value().contains("canary-7f3a"));
  store = open();
  CHECK(store->app({"shop", "production"}).value().settings.env.at("TOKEN") == "canary-7f3a");
}

TEST_CASE_FIXTURE(Fixture, "events are read in order after the last one seen") {
  auto id = submit().id;
  auto seen = store->last_event();
  REQUIRE(store->add_event({.type = "test", .message = "one"}));
  REQUIRE(store->add_event({.type = "test", .message = "two"}));
  auto events = store->events(seen, 10).value();
  REQUIRE(events.size() == 2);
  CHECK(events[1].message == "two");
  CHECK(store->events(0, 10, id).value().size() == 1);
}
