// Deployments to servers: batches, what a failing server does to the others, and what is put right later.
#include "orchestrate/release_rollout.hh"
#include "unit/orchestrate/world.hh"

using namespace podwright;
using namespace podwright::orchestrate;

namespace {

struct Fleet : World {
  test::FakeHost& web1 = hosts.add("web1", store->installation(), {"role=web"});
  test::FakeHost& web2 = hosts.add("web2", store->installation(), {"role=web"});
  test::FakeHost& web3 = hosts.add("web3", store->installation());

  Fleet() {
    for (auto* host : {&web1, &web2, &web3}) must(made(host->traffic.ensure_running({})));
  }
  static Result<int> made(Status status) {
    TRY(std::move(status));
    return 0;
  }

  Deployment deploy_to(std::vector<std::string> names, bool undo = false) {
    DeployRequest request{.location = dir.path() / "src" / "shop", .hosts = std::move(names)};
    request.undo_on_failure = undo;
    return ended(must(engine->submit(request, {})).id);
  }
  std::map<std::string, int> placed() {
    std::map<std::string, int> out;
    for (const auto& placement : must(store->placements(kShop))) out[placement.host] = placement.release;
    return out;
  }
  size_t containers_on(test::FakeHost& host) {
    return must(host.containers.list(podwright::deploy::app_labels(store->installation(), kShop))).size();
  }
  static std::vector<Target> targets(test::FakeHost& host) {
    return must(host.traffic.observe())[kShop.text()].targets;
  }
  static std::string state_on(const Deployment& deployment, const std::string& name) {
    for (const auto& report : deployment.hosts)
      if (report.host == name) return report.state;
    return "";
  }
};

}  // namespace

TEST_CASE("places are taken in batches, in the given order") {
  CHECK(batches({"a", "b", "c"}, 1) == std::vector<Places>{{"a"}, {"b"}, {"c"}});
  CHECK(batches({"a", "b", "c"}, 2) == std::vector<Places>{{"a", "b"}, {"c"}});
  CHECK(batches({"a", "b", "c"}, 0) == std::vector<Places>{{"a", "b", "c"}});
}

TEST_CASE("a release goes where it is asked to, else where the app runs, else to this machine") {
  std::vector<Placement> here_and_web1{{"", 3}, {"web1", 3}};
  CHECK(places_for({"web2", "local", "web2"}, here_and_web1) == Places{"web2", ""});
  CHECK(places_for({}, here_and_web1) == Places{"", "web1"});
  CHECK(places_for({}, {}) == Places{""});
}

TEST_CASE_FIXTURE(Fleet,
                  "a deployment to servers ships the image, runs there and not here, and tells each server's part") {
  auto deployment = deploy_to({"web1", "web2"});
  INFO((deployment.error ? deployment.error->text() : ""));
  CHECK(deployment.phase == Phase::exposed);
  CHECK(deployment.url == "http://web1.example:8080/");
  CHECK(web1.shipped.size() == 1);
  CHECK(targets(web1).size() == 1);
  CHECK(targets(web2).size() == 1);
  CHECK(containers() == 0);
  CHECK(placed() == std::map<std::string, int>{{"web1", 1}, {"web2", 1}});
  CHECK(state_on(deployment, "web2") == "live");
  CHECK(deployment.hosts.front().bytes_sent == 10);
  CHECK(must(engine->app(kShop)).status == "running");
}

TEST_CASE_FIXTURE(Fleet, "the next deployment goes where the app runs, and so does a rollback") {
  deploy_to({"web1", "web2"});
  auto second = deploy();
  CHECK(placed() == std::map<std::string, int>{{"web1", 2}, {"web2", 2}});
  CHECK(eventually([&] { return containers_on(web1) == 1; }));
  CHECK(ended(must(engine->rollback(kShop, 1)).id).phase == Phase::exposed);
  CHECK(placed() == std::map<std::string, int>{{"web1", 3}, {"web2", 3}});
  CHECK(containers() == 0);
}

TEST_CASE_FIXTURE(Fleet, "labels name servers") {
  auto deployment =
      ended(must(engine->submit({.location = dir.path() / "src" / "shop", .host_labels = {"role=web"}}, {})).id);
  CHECK(deployment.phase == Phase::exposed);
  CHECK(placed() == std::map<std::string, int>{{"web1", 1}, {"web2", 1}});
}

TEST_CASE_FIXTURE(Fleet,
                  "a fleet stops at the first server that fails: it keeps what it served, those before go on, those "
                  "after are not touched") {
  deploy_to({"web1", "web2", "web3"});
  auto before = targets(web2);
  web2.containers.fail_next("create", error(ErrorCode::failed, "no space there"));
  auto failed = deploy();
  CHECK(failed.phase == Phase::failed);
  CHECK(failed.error->message.starts_with("web2: "));
  CHECK(placed() == std::map<std::string, int>{{"web1", 2}, {"web2", 1}, {"web3", 1}});
  CHECK(targets(web2) == before);
  CHECK(containers_on(web2) == 1);
  CHECK(state_on(failed, "web2") == "failed");
  CHECK(must(store->release(kShop, 2)).number == 2);  // web1 needs it
}

TEST_CASE_FIXTURE(Fleet, "a fleet that is asked to takes back the servers that were switched before") {
  deploy_to({"web1", "web2"});
  web2.containers.fail_next("create", error(ErrorCode::failed, "no space there"));
  auto failed = deploy_to({}, true);
  CHECK(failed.phase == Phase::rolled_back);
  CHECK(placed() == std::map<std::string, int>{{"web1", 1}, {"web2", 1}});
  CHECK(eventually([&] { return containers_on(web1) == 1; }));
  CHECK(targets(web1).front().name.contains("-1-0"));
  CHECK(state_on(failed, "web1") == "undone");
}

TEST_CASE_FIXTURE(Fleet, "a server that cannot be reached fails the deployment before anything starts anywhere") {
  web2.is_cut = true;
  DeployRequest request{.location = dir.path() / "src" / "shop", .hosts = {"web1", "web2"}};
  auto id = must(engine->submit(request, {})).id;
  REQUIRE(eventually([&] { return must(store->deployment(id)).attempts >= 2; }));  // it may come back: tried again
  REQUIRE(engine->cancel(id));
  CHECK(ended(id).phase == Phase::cancelled);
  CHECK(containers_on(web1) == 0);
  CHECK(placed().empty());
}

TEST_CASE_FIXTURE(Fleet, "an unknown server is refused at once") {
  CHECK(engine->submit({.location = dir.path() / "src" / "shop", .hosts = {"web9"}}, {}).error().code ==
        ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fleet, "what is removed by hand on a server comes back") {
  deploy_to({"web1"});
  REQUIRE(web1.containers.remove(targets(web1).front().name));
  engine.reset();
  start();
  CHECK(eventually([&] { return containers_on(web1) == 1; }));
}

TEST_CASE_FIXTURE(Fleet, "destroying on one server leaves the others; on the last the app is forgotten") {
  deploy_to({"web1", "web2"});
  REQUIRE(engine->destroy(kShop, false, "web1"));
  CHECK(containers_on(web1) == 0);
  CHECK(targets(web2).size() == 1);
  CHECK(engine->destroy(kShop, false, "web1").error().code == ErrorCode::not_found);
  REQUIRE(engine->destroy(kShop, false));
  CHECK(engine->app(kShop).error().code == ErrorCode::not_found);
}
