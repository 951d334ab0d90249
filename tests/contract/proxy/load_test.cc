// The core promise: traffic is switched a hundred times and nobody notices.
#include "support/load.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "real_proxy.hh"
#include "route/drain.hh"

using namespace podwright;
using namespace podwright::test;

namespace {

const std::string kShop = "shop.production";

RouteSpec shop(const std::string& target, const HttpServer& server) {
  return {.name = kShop, .hosts = {"shop.localhost"}, .targets = {{target, server.port()}}};
}

struct Release {
  std::string name;
  std::unique_ptr<HttpServer> server;
};

Release make_release(int number) {
  auto name = fmt::format("release-{}", number);
  return {name, std::make_unique<HttpServer>(name)};
}

// A deployment's last steps: switch, drain, cut what is left, stop. Returns how long the switch took.
double replace(Proxy& proxy, Release& live, Release next, Millis grace) {
  auto begun = std::chrono::steady_clock::now();
  REQUIRE(proxy.set_route(shop(next.name, *next.server)));
  auto took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  REQUIRE(route::drained(proxy, kShop, live.name, Deadline::in(grace)));
  REQUIRE(proxy.release_target(kShop, live.name));
  live = std::move(next);
  return took;
}

// The proportional set size: pages that both processes share count half in each. 0 when unknown.
long memory_kib(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid));
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("Pss:")) return std::stol(line.substr(4));
  return 0;
}

}  // namespace

namespace {

void switch_under_load(Where where, int switches_wanted) {
  RealProxy real(where, 2);
  auto live = make_release(0);
  REQUIRE(real.proxy->ensure_running({{kShop, shop(live.name, *live.server)}}));
  LoadOptions options{.port = real.proxy->http_port(),
                      .host = "shop.localhost",
                      .connections = 24,
                      .rate = 1200,
                      .streams = 6,
                      .stream_path = "/stream?350",
                      .websockets = 4};
  options.websocket_grace = Millis(500);
  options.duration = std::chrono::minutes(10);
  std::stop_source stop;
  LoadReport report;
  std::jthread load([&] { report = run_load(options, stop.get_token()); });
  std::vector<double> switches;
  for (int i = 1; i <= switches_wanted; ++i) {
    // WebSockets never end by themselves, so most switches wait for requests and streams only; some cut after the
    // grace.
    if (i == switches_wanted / 2)  // and one reload in the middle
      for (int app = 0; app < 3; ++app)
        REQUIRE(real.proxy->set_route({.name = fmt::format("app{}.x", app), .hosts = {}, .targets = {}}));
    switches.push_back(replace(*real.proxy, live, make_release(i), Millis(500)));
  }
  stop.request_stop();
  load.join();
  std::ranges::sort(switches);
  MESSAGE("switch p50 " << switches[switches.size() / 2] << " ms, max " << switches.back() << " ms; " << report.json());
  CHECK(report.losses() == 0);
  CHECK(report.ok > 10 * switches_wanted);
  CHECK(2 * report.streams_ok > switches_wanted);
  CHECK(report.echoes > switches_wanted);
}

}  // namespace

TEST_CASE("a hundred switches under load lose nothing: keep-alive, streams and WebSockets") {
  if (!has_host()) switch_under_load(Where::here, 100);
}

TEST_CASE("twenty switches on a server lose nothing either") {
  switch_under_load(has_host() ? Where::host : Where::container, 20);
}

TEST_CASE("an idle proxy with 128 slots fits in 24 MiB, and a switch takes milliseconds") {
  if (has_host()) return;
  RealProxy real(Where::here, 128);
  auto live = make_release(0);
  auto started = real.proxy->ensure_running({{kShop, shop(live.name, *live.server)}});
  REQUIRE_MESSAGE(started, (started ? "" : started.error().text()));
  std::vector<double> switches;
  for (int i = 1; i <= 20; ++i) switches.push_back(replace(*real.proxy, live, make_release(i), Millis(2000)));
  std::ranges::sort(switches);
  auto worker = memory_kib(real.proxy->pid());
  auto master = memory_kib(static_cast<pid_t>(std::stoi(read_file(real.folder.path() / "haproxy/pid").value())));
  MESSAGE("worker " << worker << " KiB, master " << master << " KiB; switch p50 " << switches[10] << " ms, max "
                    << switches.back() << " ms");
  CHECK(worker > 0);
  CHECK(worker + master < 24 * 1024);
}
