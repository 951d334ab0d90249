// What is particular to the real HAProxy: its pages and headers, its life beside ours, its files.
#include <doctest/doctest.h>

#include "base/text.hh"
#include "real_proxy.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::test;

namespace {

const std::string kShop = "shop.production";

RouteSpec shop(const HttpServer& server, const std::string& name = "a") {
  return {.name = kShop, .hosts = {"shop.localhost"}, .targets = {{name, server.port()}}};
}

Response ask(RealProxy& real, const std::string& host, const std::string& path = "/", const std::string& headers = {}) {
  auto answer = HttpClient(real.proxy->http_port(), host).get(path, std::chrono::seconds(10), headers);
  CAPTURE(path);
  REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().message));
  return *answer;
}

}  // namespace

TEST_CASE("an unknown name is a plain 404, an application without an instance a 503 that names it") {
  on_each_home([](Where where) {
    RealProxy real(where);
    REQUIRE(real.proxy->ensure_running({{kShop, {.name = kShop, .hosts = {"shop.localhost"}, .targets = {}}}}));
    auto unknown = ask(real, "nobody.localhost:8080");
    CHECK(unknown.status == 404);
    CHECK(unknown.head.contains("text/plain"));
    CHECK(unknown.body.contains("nobody.localhost"));
    auto empty = ask(real, "SHOP.localhost.");
    CHECK(empty.status == 503);
    CHECK(empty.body.contains(kShop));
  });
}

TEST_CASE("an application learns the client's address from us and never from the client") {
  on_each_home([](Where where) {
    RealProxy real(where);
    HttpServer server("a");
    REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
    auto seen = to_lower(ask(real, "shop.localhost", "/headers",
                             "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Proto: https\r\n"
                             "X-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /evil\r\nX-Real-IP: 6.6.6.6\r\n"
                             "Forwarded: for=6.6.6.6\r\nProxy: http://evil\r\n")
                             .body);
    CHECK(seen.contains("\r\nx-forwarded-for: 127.0.0.1\r\n"));
    CHECK(seen.contains("\r\nx-forwarded-host: shop.localhost\r\n"));
    CHECK(seen.contains("\r\nx-forwarded-proto: http\r\n"));
    CHECK(seen.contains(fmt::format("\r\nx-forwarded-port: {}\r\n", real.proxy->http_port())));
    CHECK(seen.contains("\r\nx-real-ip: 127.0.0.1\r\n"));
    for (const char* lie : {"6.6.6.6", "7.7.7.7", "evil", "https", "\r\nforwarded:"}) CHECK_FALSE(seen.contains(lie));
  });
}

TEST_CASE("a request that meets a target's closing connection is answered all the same") {
  on_each_home([](Where where) {
    RealProxy real(where);
    HttpServer server("a");
    server.keep_alive(Millis(20));
    REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
    HttpClient client(real.proxy->http_port(), "shop.localhost");
    for (int i = 0; i < 40; ++i) {
      REQUIRE(client.get("/")->status == 200);
      std::this_thread::sleep_for(Millis(15 + i % 12));  // around the moment at which the server closes
    }
    CHECK(client.connects() == 1);
  });
}

TEST_CASE("a later daemon finds the proxy, whose connections and processes go on") {
  on_each_home([](Where where) {
    RealProxy real(where);
    HttpServer server("a");
    REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
    HttpClient client(real.proxy->http_port(), "shop.localhost");
    REQUIRE(client.upgrade("/ws"));
    auto pid = real.proxy->pid();
    auto port = real.proxy->http_port();
    real.reopen();
    CHECK(real.proxy->http_port() == port);
    // A change before ensure_running leaves what is served as it is.
    REQUIRE(real.proxy->set_route({.name = "blog.production", .hosts = {"blog.localhost"}, .targets = {}}));
    CHECK(real.proxy->observe()->size() == 2);
    REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
    CHECK(real.proxy->pid() == pid);
    CHECK(client.echo("still here", std::chrono::seconds(5)).value() == "still here");
  });
}

TEST_CASE("a proxy that died serves the same again, from its files") {
  on_each_home([](Where where) {
    RealProxy real(where);
    HttpServer server("a");
    REQUIRE(real.proxy->ensure_running({}));
    REQUIRE(real.proxy->set_route(shop(server)));
    auto before = real.config();
    real.kill();
    REQUIRE(eventually([&] { return !HttpClient(real.proxy->http_port(), "shop.localhost").get("/"); }));
    SUBCASE("when it is ensured") {
      must(real.proxy->ensure_running({{kShop, shop(server)}}));
    }
    SUBCASE("when a route changes") {
      REQUIRE(real.proxy->set_route(shop(server)));
    }
    CHECK(real.config() == before);
    CHECK(ask(real, "shop.localhost").body == "a");
  });
}

TEST_CASE("a proxy without our mark is refused and left alone") {
  on_each_home([](Where where) {
    RealProxy real(where);
    REQUIRE(real.proxy->ensure_running({}));
    auto pid = real.proxy->pid();
    auto other = real.open_as_another();
    auto refused = other->ensure_running({});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::conflict);
    CHECK_FALSE(other->stop());
    CHECK(real.proxy->pid() == pid);
  });
}

TEST_CASE("a port that another program holds is said, not shared") {
  on_each_home([](Where where) {
    HttpServer holder("x");
    RealProxy second(where);
    second.port = holder.port();
    second.reopen();
    auto refused = second.proxy->ensure_running({});
    REQUIRE_FALSE(refused);
    CHECK(is_transient(refused.error().code));
    CHECK_MESSAGE(refused.error().message.contains(std::to_string(holder.port())), refused.error().message);
  });
}

TEST_CASE("what it keeps on disk is for its user only") {
  on_each_home([](Where where) {
    RealProxy real(where);
    REQUIRE(real.proxy->ensure_running({}));
    CHECK(real.mode_of(".") == "700");
    for (const char* name : {"haproxy.cfg", "hosts.map", "routes.map", "admin.sock", "master.sock"}) {
      CAPTURE(name);
      CHECK(real.mode_of(name) == "600");
    }
  });
}

TEST_CASE("when the slots run out a reload makes more, and no connection is cut") {
  on_each_home([](Where where) {
    RealProxy real(where, 2);
    HttpServer server("a"), next("b");
    REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
    HttpClient socket(real.proxy->http_port(), "shop.localhost");
    REQUIRE(socket.upgrade("/ws"));
    RouteTable table{{kShop, shop(server)}};
    for (int i = 0; i < 6; ++i) {
      RouteSpec spec{.name = fmt::format("app{}.production", i),
                     .hosts = {fmt::format("app{}.localhost", i)},
                     .targets = {{"t", next.port()}}};
      REQUIRE(real.proxy->set_route(spec));
      table[spec.name] = spec;
      CHECK(ask(real, spec.hosts[0]).body == "b");
    }
    CHECK(real.proxy->observe().value() == table);
    CHECK(socket.echo("through the old worker", std::chrono::seconds(5)).value() == "through the old worker");
    // The old worker's connections still count, and can still be cut.
    REQUIRE(real.proxy->set_route(shop(next, "b")));
    CHECK(real.proxy->open_sessions(kShop, "a").value() == 1);
    REQUIRE(real.proxy->release_target(kShop, "a"));
    CHECK(eventually([&] { return real.proxy->open_sessions(kShop, "a").value() == 0; }));
    CHECK_FALSE(socket.echo("cut", std::chrono::seconds(5)));
  });
}
