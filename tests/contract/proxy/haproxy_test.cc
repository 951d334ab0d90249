// What is particular to the real HAProxy: its pages and headers, its life beside ours, its files.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/spawn.hh"
#include "base/text.hh"
#include "real_proxy.hh"

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

pid_t master_of(RealProxy& real) {
  return static_cast<pid_t>(*parse_integer(trim(read_file(real.folder.path() / "haproxy/pid").value())));
}

void kill_and_reap(pid_t master) {
  ::kill(master, SIGKILL);
  ::waitpid(master, nullptr, 0);
}

}  // namespace

TEST_CASE("an unknown name is a plain 404, an application without an instance a 503 that names it") {
  RealProxy real;
  REQUIRE(real.proxy->ensure_running({{kShop, {.name = kShop, .hosts = {"shop.localhost"}, .targets = {}}}}));
  auto unknown = ask(real, "nobody.localhost:8080");
  CHECK(unknown.status == 404);
  CHECK(unknown.head.contains("text/plain"));
  CHECK(unknown.body.contains("nobody.localhost"));
  auto empty = ask(real, "SHOP.localhost.");
  CHECK(empty.status == 503);
  CHECK(empty.body.contains(kShop));
}

TEST_CASE("an application learns the client's address from us and never from the client") {
  RealProxy real;
  HttpServer server("a");
  REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
  auto seen = to_lower(ask(real, "shop.localhost", "/headers",
                           "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Proto: https\r\n"
                           "X-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /evil\r\nX-Real-IP: 6.6.6.6\r\n"
                           "Forwarded: for=6.6.6.6\r\nProxy: http://evil\r\n").body);
  CHECK(seen.contains("\r\nx-forwarded-for: 127.0.0.1\r\n"));
  CHECK(seen.contains("\r\nx-forwarded-host: shop.localhost\r\n"));
  CHECK(seen.contains("\r\nx-forwarded-proto: http\r\n"));
  CHECK(seen.contains(fmt::format("\r\nx-forwarded-port: {}\r\n", real.proxy->http_port())));
  CHECK(seen.contains("\r\nx-real-ip: 127.0.0.1\r\n"));
  for (const char* lie : {"6.6.6.6", "7.7.7.7", "evil", "https", "\r\nforwarded:"}) CHECK_FALSE(seen.contains(lie));
}

TEST_CASE("a request that meets a target's closing connection is answered all the same") {
  RealProxy real;
  HttpServer server("a");
  server.keep_alive(Millis(20));
  REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
  HttpClient client(real.proxy->http_port(), "shop.localhost");
  for (int i = 0; i < 40; ++i) {
    REQUIRE(client.get("/")->status == 200);
    std::this_thread::sleep_for(Millis(15 + i % 12));  // around the moment at which the server closes
  }
  CHECK(client.connects() == 1);
}

TEST_CASE("a later daemon finds the proxy, whose connections and processes go on") {
  RealProxy real;
  HttpServer server("a");
  REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
  HttpClient client(real.proxy->http_port(), "shop.localhost");
  REQUIRE(client.upgrade("/ws"));
  auto pid = master_of(real);
  auto port = real.proxy->http_port();
  real.reopen();
  CHECK(real.proxy->http_port() == port);
  // A change before ensure_running leaves what is served as it is.
  REQUIRE(real.proxy->set_route({.name = "blog.production", .hosts = {"blog.localhost"}, .targets = {}}));
  CHECK(real.proxy->observe()->size() == 2);
  REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
  CHECK(master_of(real) == pid);
  CHECK(client.echo("still here", std::chrono::seconds(5)).value() == "still here");
}

TEST_CASE("a proxy that died serves the same again, from its files") {
  RealProxy real;
  HttpServer server("a");
  REQUIRE(real.proxy->ensure_running({}));
  REQUIRE(real.proxy->set_route(shop(server)));
  auto before = read_file(real.folder.path() / "haproxy/haproxy.cfg").value();
  kill_and_reap(master_of(real));
  REQUIRE(eventually([&] { return !HttpClient(real.proxy->http_port(), "shop.localhost").get("/"); }));
  SUBCASE("when it is ensured") { REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}})); }
  SUBCASE("when a route changes") { REQUIRE(real.proxy->set_route(shop(server))); }
  CHECK(read_file(real.folder.path() / "haproxy/haproxy.cfg").value() == before);
  CHECK(ask(real, "shop.localhost").body == "a");
}

TEST_CASE("a proxy without our mark is refused and left alone") {
  RealProxy real;
  REQUIRE(real.proxy->ensure_running({}));
  auto pid = master_of(real);
  REQUIRE(write_file(real.folder.path() / "haproxy/id", "another", 0600));
  auto other = route::Haproxy::open({.state_dir = real.folder.path()}).value();
  auto refused = other->ensure_running({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK_FALSE(other->stop());
  CHECK(::kill(pid, 0) == 0);
}

TEST_CASE("a port that another program holds is said, not shared") {
  RealProxy real;
  HttpServer holder("x");
  auto options = route::HaproxyOptions{.state_dir = real.folder.path() / "second", .listen = {{.address = "127.0.0.1", .port = holder.port()}}};
  auto second = route::Haproxy::open(options).value();
  auto refused = second->ensure_running({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK_MESSAGE(refused.error().message.contains(std::to_string(holder.port())), refused.error().message);
}

TEST_CASE("what it keeps on disk is for its user only") {
  RealProxy real;
  REQUIRE(real.proxy->ensure_running({}));
  auto folder = real.folder.path() / "haproxy";
  struct stat info {};
  REQUIRE(::stat(folder.c_str(), &info) == 0);
  CHECK((info.st_mode & 077) == 0);
  for (const char* name : {"haproxy.cfg", "hosts.map", "routes.map", "admin.sock", "master.sock", "id"}) {
    CAPTURE(name);
    REQUIRE(::stat((folder / name).c_str(), &info) == 0);
    CHECK((info.st_mode & 077) == 0);
  }
}

TEST_CASE("when the slots run out a reload makes more, and no connection is cut") {
  RealProxy real(2);
  HttpServer server("a"), next("b");
  REQUIRE(real.proxy->ensure_running({{kShop, shop(server)}}));
  HttpClient socket(real.proxy->http_port(), "shop.localhost");
  REQUIRE(socket.upgrade("/ws"));
  RouteTable table{{kShop, shop(server)}};
  for (int i = 0; i < 6; ++i) {
    RouteSpec spec{.name = fmt::format("app{}.production", i), .hosts = {fmt::format("app{}.localhost", i)}, .targets = {{"t", next.port()}}};
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
}
