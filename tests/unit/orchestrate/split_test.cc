#include "orchestrate/split.hh"

#include <doctest/doctest.h>

#include "support/must.hh"

using namespace podwright;
using namespace podwright::orchestrate;

namespace {

Prepared prepared(const std::vector<std::string>& roots, const std::string& folder = ".") {
  Prepared out{.folder = folder};
  for (const auto& root : roots) out.analysis.services.push_back({.root = root});
  return out;
}

const Source kSource{.dir = "/src", .path = ".", .commit = "3f2c9d1", .name = "shop", .shown_location = "/src"};

}  // namespace

TEST_CASE("services are named after the last part of their folder, or all of it where two end alike") {
  using Names = std::vector<std::string>;
  CHECK(must(service_app_names("shop", {"api", "packages/web"})) == Names{"shop-api", "shop-web"});
  CHECK(must(service_app_names("shop", {"a/web", "b/web", "api"})) == Names{"shop-a-web", "shop-b-web", "shop-api"});
  CHECK(must(service_app_names("shop", {"My_Service", "2nd"})) == Names{"shop-my-service", "shop-app-2nd"});
  CHECK(must(service_app_names(std::string(40, 'p'), {"api"})) == Names{std::string(36, 'p') + "-api"});
  CHECK(must(service_app_names("shop", {std::string(60, 'x')})) == Names{"shop-" + std::string(30, 'x')});
  CHECK(service_app_names("shop", {"my_api", "my-api"}).error().code == ErrorCode::invalid);
}

TEST_CASE("one service, or a folder that is deployable itself, is not split") {
  DeployRequest request{.location = "/src", .app = "shop", .port = 80};
  CHECK(must(split(kSource, prepared({"api"}), request)).empty());
  CHECK(must(split(kSource, prepared({".", "api"}), request)).empty());
  CHECK(must(split(kSource, prepared({"api", "api/tool"}, "api"), request)).empty());
}

TEST_CASE("each part names its folder, and of a git source the very commit that was analysed") {
  DeployRequest request{.location = "/src", .app = "shop", .environment = "staging", .env = {{"A", "b"}}};
  auto parts = must(split(kSource, prepared({"api", "web"}), request));
  REQUIRE(parts.size() == 2);
  CHECK(parts[1].app == "shop-web");
  CHECK(parts[1].path == "web");
  CHECK(parts[1].environment == "staging");
  CHECK(parts[1].env.at("A") == "b");
  CHECK(parts[1].ref.empty());
  request.location = "https://example.com/team/shop.git";
  request.ref = "main";
  CHECK(must(split(kSource, prepared({"api", "web"}), request))[0].ref == "3f2c9d1");
}

TEST_CASE("what can hold for one service only is refused, with the services to choose from") {
  for (const auto& request : {DeployRequest{.location = "/src", .app = "shop", .port = 80},
                              DeployRequest{.location = "/src", .app = "shop", .domains = {"a.example.com"}}}) {
    auto refused = split(kSource, prepared({"api", "web"}), request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("--path web"));
  }
  auto with_config = prepared({"api", "web"});
  with_config.config = must(config::parse("name: shop\nstart: node x\n"));
  auto refused = split(kSource, with_config, {.location = "/src", .app = "shop"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.starts_with("'start' in podwright.yaml"));
  with_config.config = must(config::parse("name: shop\nbuild:\n  root: services\n"));
  CHECK(split(kSource, with_config, {.location = "/src", .app = "shop"}));
}
