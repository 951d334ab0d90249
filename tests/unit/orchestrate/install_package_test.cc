// A package is installed through the Runtime port: the older release serves until the new one is healthy.
#include "orchestrate/install_package.hh"

#include <doctest/doctest.h>

#include "support/fake_runtime.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::orchestrate;

namespace {

struct Box {
  FakeRuntime runtime{"here"};
  Box() {
    runtime.add_image({.id = "one"});
    runtime.add_image({.id = "two"});
  }

  static InstallRequest request(const std::string& image) {
    Service service{.name = "shop", .image = image, .port = 8080};
    service.health.start_period = Millis(3000);
    return {.installation = "here",
            .key = {"shop", "production"},
            .manifest = std::string(64, image == "one" ? '1' : '2'),
            .service = service};
  }
  Result<Installed> install(const std::string& image) { return install_package(runtime, request(image), {}, {}); }
  std::vector<Instance> all() { return must(runtime.list({})); }
};

}  // namespace

TEST_CASE("a package is made, started and confirmed healthy, and once more changes nothing") {
  Box box;
  std::vector<std::string> steps;
  auto installed = must(
      install_package(box.runtime, Box::request("one"), [&](const std::string& step) { steps.push_back(step); }, {}));
  CHECK(installed.release == 1);
  REQUIRE(installed.instances.size() == 1);
  CHECK(installed.instances[0].state == InstanceState::running);
  CHECK(installed.instances[0].host_port != 0);
  CHECK(installed.replaced.empty());
  CHECK(steps.size() == 3);
  auto again = must(box.install("one"));
  CHECK(again.release == 1);
  CHECK(again.instances[0].id == installed.instances[0].id);
  CHECK(box.all().size() == 1);
}

TEST_CASE("a newer package replaces the older one once it is healthy") {
  Box box;
  must(box.install("one"));
  auto newer = must(box.install("two"));
  CHECK(newer.release == 2);
  CHECK(newer.replaced == std::vector<std::string>{"pw-here-shop-production-1-0"});
  REQUIRE(box.all().size() == 1);
  CHECK(box.all()[0].name == "pw-here-shop-production-2-0");
}

TEST_CASE("a package that does not become healthy is removed, and the older one goes on") {
  Box box;
  must(box.install("one"));
  box.runtime.behave("two", {.exits_with = 3});
  auto failed = box.install("two");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::failed);
  REQUIRE(box.all().size() == 1);
  CHECK(box.all()[0].name == "pw-here-shop-production-1-0");
  CHECK(box.all()[0].state == InstanceState::running);

  box.runtime.fail_next("start", error(ErrorCode::unavailable, "no answer"));
  box.runtime.behave("two", {});
  CHECK_FALSE(box.install("two"));
  CHECK(box.all().size() == 1);
  CHECK(must(box.install("two")).release == 2);
}

TEST_CASE("what a package does not carry must be given, all of it, before anything happens") {
  package::Description description{.app = "shop"};
  description.service = {.name = "shop", .env = {{"MODE", "fast"}}, .secret_env = {"TOKEN", "URL"}};
  auto missing = service_to_install(description, {{"URL", "x"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.contains("TOKEN"));
  CHECK_FALSE(missing.error().message.contains("URL"));
  auto service = must(service_to_install(description, {{"URL", "x"}, {"TOKEN", "y"}, {"MODE", "slow"}}));
  CHECK(service.env == std::map<std::string, std::string>{{"MODE", "slow"}, {"TOKEN", "y"}, {"URL", "x"}});
  CHECK(service.secret_env.contains("MODE"));
  CHECK_FALSE(service_to_install(description, {{"A B", "x"}}));
}
