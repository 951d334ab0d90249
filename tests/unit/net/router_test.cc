#include "net/router.hh"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "base/text.hh"
#include "format/error_json.hh"

namespace podwright::net {

namespace {

Request request(std::string method, std::string_view path) {
  Request out;
  out.method = std::move(method);
  out.path = path;
  for (auto segment : split(path.substr(1), '/')) out.segments.emplace_back(segment);
  return out;
}

Route say(std::string what) {
  return [what](const Request&, const Params& params) {
    auto body = what;
    for (const auto& [key, value] : params) body += " " + key + "=" + value;
    return Response{.body = body};
  };
}

}  // namespace

TEST_CASE("the router finds the handler by method and path, and says what is wrong otherwise") {
  Router router;
  router.add("GET", "/v1/apps/{app}", say("show"));
  router.add("DELETE", "/v1/apps/{app}", say("destroy"));
  router.add("GET", "/v1/apps/{app}/releases/{release}", say("release"));
  router.add("GET", "/v1/apps/all", say("all"));
  struct Case {
    std::string method, path;
    int status;
    std::string body;
  };
  const Case cases[] = {
      {"GET", "/v1/apps/shop", 200, "show app=shop"},
      {"DELETE", "/v1/apps/shop", 200, "destroy app=shop"},
      {"GET", "/v1/apps/shop/releases/3", 200, "release app=shop release=3"},
      {"GET", "/v1/apps/all", 200, "all"},
      {"GET", "/v1/apps/", 404, ""},
      {"GET", "/v1/apps", 404, ""},
      {"GET", "/v1/apps/shop/", 404, ""},
      {"POST", "/v1/apps/shop", 405, ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.path);
    auto response = router(request(one.method, one.path));
    CHECK(response.status == one.status);
    if (one.status == 200) CHECK(response.body == one.body);
    if (one.status == 405) CHECK(response.headers.at("Allow") == "GET, DELETE");
    if (one.status != 200) CHECK(boost::json::parse(response.body).at("error").as_object().contains("hint"));
  }
}

TEST_CASE("an error survives the way through the API") {
  auto sent = error(ErrorCode::conflict, "the app '{}' exists", "shop").with_hint("choose another name").at("podwright.yaml:3:1");
  sent.trail = {"deploying"};
  auto got = error_from_body(error_body(sent), http_status(sent.code));
  CHECK(got.code == sent.code);
  CHECK(got.text() == sent.text());
}

TEST_CASE("an answer that is not ours becomes an error that says so, inert") {
  auto got = error_from_body("<html>\x1b[31m", 503);
  CHECK(got.code == ErrorCode::unavailable);
  CHECK(got.message == "HTTP status 503: <html>\\x1b[31m");
}

}  // namespace podwright::net
