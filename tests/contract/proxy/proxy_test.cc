// What every Proxy does, on the fake and on a real HAProxy.
#include <doctest/doctest.h>

#include <memory>

#include "real_proxy.hh"
#include "route/drain.hh"
#include "support/fake_proxy.hh"

using namespace podwright;
using namespace podwright::test;

namespace {

const std::string kShop = "shop.production";

RouteSpec shop(std::vector<Target> targets) {
  return {.name = kShop, .hosts = {"shop.localhost"}, .targets = std::move(targets)};
}

// A proxy with two targets, and a client that can hold a session open on the target that takes requests.
struct Subject {
  virtual ~Subject() = default;
  virtual Proxy& proxy() = 0;
  virtual Target target(int number) = 0;                // "a" or "b", listening
  virtual void open_on(const std::string& target) = 0;  // one session, through the route
  virtual void close() = 0;
};

struct FakeSubject final : Subject {
  Proxy& proxy() override { return fake; }
  Target target(int number) override { return {number == 0 ? "a" : "b", 9000 + number}; }
  void open_on(const std::string& target) override { fake.open(kShop, opened = target); }
  void close() override { fake.close(kShop, opened); }
  FakeProxy fake;
  std::string opened;
};

struct RealSubject final : Subject {
  Proxy& proxy() override { return *real.proxy; }
  Target target(int number) override { return {number == 0 ? "a" : "b", servers[number].port()}; }
  void open_on(const std::string&) override { REQUIRE(client.upgrade("/ws")); }
  void close() override { client.close(); }

  explicit RealSubject(Where where) : real(where) {}
  RealProxy real;
  HttpServer servers[2]{HttpServer("a"), HttpServer("b")};
  HttpClient client{real.proxy->http_port(), "shop.localhost"};
};

template <class Check>
void on_each(Check check) {
  SUBCASE("on the fake") {
    FakeSubject subject;
    check(subject);
  }
  on_each_home([&](Where where) {
    RealSubject subject(where);
    check(subject);
  });
}

}  // namespace

TEST_CASE("a route is what was set, until it is set again or removed") {
  on_each([](Subject& subject) {
    auto& proxy = subject.proxy();
    CHECK(proxy.http_port() > 0);
    CHECK_FALSE(proxy.observe());  // it does not run yet
    REQUIRE(proxy.ensure_running({}));
    CHECK(proxy.observe().value().empty());
    auto first = shop({subject.target(0)});
    REQUIRE(proxy.set_route(first));
    CHECK(proxy.observe().value() == RouteTable{{kShop, first}});
    REQUIRE(proxy.set_route(first));
    auto second = shop({subject.target(1)});
    second.hosts = {"shop.example.org"};
    REQUIRE(proxy.set_route(second));
    CHECK(proxy.observe().value() == RouteTable{{kShop, second}});
    REQUIRE(proxy.remove_route(kShop));
    REQUIRE(proxy.remove_route(kShop));
    CHECK(proxy.observe().value().empty());
  });
}

TEST_CASE("ensure_running brings exactly the table, and may be repeated") {
  on_each([](Subject& subject) {
    auto& proxy = subject.proxy();
    RouteSpec blog{.name = "blog.production", .hosts = {"blog.localhost"}, .targets = {}};
    REQUIRE(proxy.ensure_running({{blog.name, blog}}));
    RouteTable table{{kShop, shop({subject.target(0)})}};
    REQUIRE(proxy.ensure_running(table));
    REQUIRE(proxy.ensure_running(table));
    CHECK(proxy.observe().value() == table);
  });
}

TEST_CASE("a target that is no longer named drains: its session stays until it closes") {
  on_each([](Subject& subject) {
    auto& proxy = subject.proxy();
    REQUIRE(proxy.ensure_running({{kShop, shop({subject.target(0)})}}));
    subject.open_on("a");
    REQUIRE(proxy.set_route(shop({subject.target(1)})));
    CHECK(proxy.open_sessions(kShop, "a").value() == 1);
    CHECK_FALSE(route::drained(proxy, kShop, "a", Deadline::in(Millis(50))).value());
    subject.close();
    CHECK(route::drained(proxy, kShop, "a", Deadline::in(Millis(5000))).value());
    REQUIRE(proxy.release_target(kShop, "a"));
    REQUIRE(proxy.release_target(kShop, "a"));
  });
}

TEST_CASE("releasing a drained target cuts what is still open on it") {
  on_each([](Subject& subject) {
    auto& proxy = subject.proxy();
    REQUIRE(proxy.ensure_running({{kShop, shop({subject.target(0)})}}));
    subject.open_on("a");
    auto early = proxy.release_target(kShop, "a");
    REQUIRE_FALSE(early);
    CHECK(early.error().code == ErrorCode::conflict);
    REQUIRE(proxy.remove_route(kShop));
    CHECK(proxy.open_sessions(kShop, "a").value() == 1);
    REQUIRE(proxy.release_target(kShop, "a"));
    CHECK(route::drained(proxy, kShop, "a", Deadline::in(Millis(5000))).value());
  });
}

TEST_CASE("a target comes back under its name") {
  on_each([](Subject& subject) {
    auto& proxy = subject.proxy();
    REQUIRE(proxy.ensure_running({{kShop, shop({subject.target(0)})}}));
    REQUIRE(proxy.set_route(shop({subject.target(1)})));
    auto moved = shop({{"a", subject.target(1).port}});
    REQUIRE(proxy.set_route(moved));
    CHECK(proxy.observe().value() == RouteTable{{kShop, moved}});
  });
}

TEST_CASE("what is unknown has no sessions, and what is wrong is refused without a change") {
  on_each([](Subject& subject) {
    auto& proxy = subject.proxy();
    RouteTable table{{kShop, shop({subject.target(0)})}};
    REQUIRE(proxy.ensure_running(table));
    CHECK(proxy.open_sessions("nobody.production", "x").value() == 0);
    CHECK(proxy.open_sessions(kShop, "x").value() == 0);
    CHECK(proxy.release_target("nobody.production", "x"));
    auto stolen = proxy.set_route({.name = "thief.production", .hosts = {"shop.localhost"}, .targets = {}});
    REQUIRE_FALSE(stolen);
    CHECK(stolen.error().code == ErrorCode::conflict);
    auto injected = proxy.set_route({.name = "x", .hosts = {"x;shutdown"}, .targets = {}});
    REQUIRE_FALSE(injected);
    CHECK(injected.error().code == ErrorCode::invalid);
    CHECK(proxy.observe().value() == table);
  });
}

TEST_CASE("waiting for a drain ends when somebody asks to stop") {
  FakeProxy proxy;
  proxy.open("r", "t");
  std::stop_source stop;
  std::jthread asker([&] { stop.request_stop(); });
  auto outcome = route::drained(proxy, "r", "t", Deadline::in(std::chrono::seconds(20)), stop.get_token());
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == ErrorCode::cancelled);
}
