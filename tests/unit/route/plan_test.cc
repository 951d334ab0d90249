#include "route/plan.hh"

#include <doctest/doctest.h>

#include "route/config.hh"

using namespace podwright;
using namespace podwright::route;

namespace {

using Lines = std::vector<std::string>;

Layout layout_of(std::vector<RouteSpec> specs) {
  Layout layout{.slots = 4, .slot_of = {}, .routes = {}};
  for (const auto& spec : specs) layout = with_route(std::move(layout), spec, {}).value();
  return layout;
}

RouteSpec shop(std::vector<Target> targets) {
  return {.name = "shop.production", .hosts = {"shop.localhost"}, .targets = std::move(targets)};
}

Running running_shop(std::map<std::string, Server> servers) {
  Running now;
  now.slots = 4;
  now.hosts = {{"shop.localhost", "s1"}};
  now.routes = {{"s1", "shop.production"}};
  if (!servers.empty()) now.servers = {{"s1", std::move(servers)}};
  return now;
}

struct Case {
  const char* name;
  Layout desired;
  Running running;
  Lines changes;
  Lines cleanup = {};
};

Running empty_process() {
  Running now;
  now.slots = 4;
  return now;
}

std::vector<Case> cases() {
  using enum ServerState;
  auto doubled = shop({{"b", 9002}});
  doubled.hosts = {"shop.example.org"};
  return {
      {"nothing to do", layout_of({shop({{"a", 9001}})}), running_shop({{"a", {9001, ready}}}), {}},
      {"a first route", layout_of({shop({{"a", 9001}})}), empty_process(),
       {"add map routes.map s1 shop.production", "add server s1/a 127.0.0.1:9001 pool-purge-delay 1s", "set server s1/a state ready",
        "add map hosts.map shop.localhost s1"}},
      {"a switch: the new one first, then the old one drains", layout_of({shop({{"b", 9002}})}),
       running_shop({{"a", {9001, ready}}}),
       {"add server s1/b 127.0.0.1:9002 pool-purge-delay 1s", "set server s1/b state ready", "set server s1/a state drain"}},
      {"a drained target comes back, on another port", layout_of({shop({{"a", 9005}})}),
       running_shop({{"a", {9001, draining}}, {"b", {9002, ready}}}),
       {"set server s1/a addr 127.0.0.1 port 9005", "set server s1/a state ready", "set server s1/b state drain"}},
      {"what drains goes on draining", layout_of({shop({{"b", 9002}})}),
       running_shop({{"a", {9001, draining}}, {"b", {9002, ready}}}), {}},
      {"what was released is deleted", layout_of({shop({{"b", 9002}})}),
       running_shop({{"a", {9001, maintenance}}, {"b", {9002, ready}}}), {}, {"del server s1/a"}},
      {"host names change before servers drain", layout_of({doubled}), running_shop({{"a", {9001, ready}}}),
       {"add server s1/b 127.0.0.1:9002 pool-purge-delay 1s", "set server s1/b state ready", "add map hosts.map shop.example.org s1",
        "del map hosts.map shop.localhost", "set server s1/a state drain"}},
      {"a removed route keeps its name while it drains", layout_of({}), running_shop({{"a", {9001, ready}}}),
       {"del map hosts.map shop.localhost", "set server s1/a state drain"}},
      {"and loses it with its last server", layout_of({}), running_shop({}),
       {"del map hosts.map shop.localhost", "del map routes.map s1"}},
  };
}

}  // namespace

TEST_CASE("the plan is the commands from what runs to what should be") {
  for (const auto& test : cases()) {
    CAPTURE(test.name);
    auto made = plan(test.desired, test.running);
    CHECK_FALSE(made.reload);
    CHECK(made.changes == test.changes);
    CHECK(made.cleanup == test.cleanup);
  }
}

TEST_CASE("a reload is planned only when the process has too few slots") {
  auto desired = layout_of({shop({{"a", 9001}})});
  desired.slots = 8;
  auto made = plan(desired, empty_process());
  CHECK(made.reload);
  CHECK(made.changes.empty());
}

TEST_CASE("a route keeps its slot, a new one avoids slots that still drain, and slots double when they run out") {
  auto layout = layout_of({shop({}), {.name = "blog.production", .hosts = {"blog.localhost"}, .targets = {}}});
  CHECK(layout.slot_of.at("shop.production") == 1);
  CHECK(layout.slot_of.at("blog.production") == 2);
  layout = without_route(layout, "shop.production");
  RouteSpec wiki{.name = "wiki.production", .hosts = {}, .targets = {}};
  CHECK(with_route(layout, wiki, {})->slot_of.at("wiki.production") == 1);
  CHECK(with_route(layout, wiki, {1})->slot_of.at("wiki.production") == 3);
  auto full = with_route(layout, wiki, {1, 3, 4});
  CHECK(full->slot_of.at("wiki.production") == 5);
  CHECK(full->slots == 8);
  CHECK(parse_routes("# x\ns7 a.production\nbad\ns0 b\ns9999999 c\n") == std::map<std::string, int>{{"a.production", 7}});
}

TEST_CASE("a host name belongs to one route") {
  auto layout = layout_of({shop({})});
  auto taken = with_route(layout, {.name = "other.production", .hosts = {"shop.localhost"}, .targets = {}}, {});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().message.contains("shop.production"));
}

TEST_CASE("nothing that could be read as more than a name passes") {
  for (const char* bad : {"", "a b", "a;b", "a\nb", "a\"b", "a#b", "A", "-a", ".a", "a.", "a/b", "%[src]", "a\\", "ä", "*"}) {
    CAPTURE(bad);
    CHECK_FALSE(check_route({.name = bad, .hosts = {}, .targets = {}}));
    CHECK_FALSE(check_route({.name = "a", .hosts = {bad}, .targets = {}}));
    CHECK_FALSE(check_route({.name = "a", .hosts = {}, .targets = {{bad, 80}}}));
  }
  for (int port : {0, -1, 65536}) CHECK_FALSE(check_route({.name = "a", .hosts = {}, .targets = {{"t", port}}}));
  CHECK_FALSE(check_route({.name = "a", .hosts = {"x", "x"}, .targets = {}}));
  CHECK_FALSE(check_route({.name = "a", .hosts = {std::string(254, 'a')}, .targets = {}}));
  CHECK(check_route({.name = "a.b_c", .hosts = {"xn--4ca.example"}, .targets = {{"pw-a-1", 65535}}}));
}

TEST_CASE("a server's own address is a host name, in one spelling") {
  auto with_host = [](std::string host) { return check_route({.name = "a", .hosts = {std::move(host)}, .targets = {}}); };
  for (const char* good : {"10.99.1.2", "web1", "[fd00::1]", "[::1]", "[2001:db8::8:800:200c:417a]"}) {
    CAPTURE(good);
    CHECK(with_host(good));
  }
  for (const char* bad : {"fd00::1", "[]", "[", "[fd00::1", "[FD00::1]", "[fd00:0::1]", "[fe80::1%eth0]", "[fd00::1]:80", "[::1] s1", "[::1]\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(with_host(bad));
  }
}

TEST_CASE("the table of a running process is what takes new requests") {
  using enum ServerState;
  auto now = running_shop({{"a", {9001, draining}}, {"b", {9002, ready}}});
  now.routes["s2"] = "gone.production";
  now.servers["s2"] = {{"x", {9003, draining}}};
  CHECK(table_of(now) == RouteTable{{"shop.production", shop({{"b", 9002}})}});
  CHECK(busy_slots(now) == std::set<int>{1, 2});
}
