#include <signal.h>

#include "unit/cli/fake_daemon.hh"
#include "unit/net/raw_client.hh"

namespace podwright::cli {

namespace {

using net::eventually;

const std::string kDone = R"({"id":"d1","kind":"deploy","app":"shop","environment":"production","release":3,"status":"EXPOSED",
  "url":"http://shop.localhost:8080","ip":"127.0.0.1","git_sha":"abc","image":"sha256:1","deployed_at":"2026-01-04T10:30:05.000Z",
  "timings":{"analyze_ms":1,"build_ms":2,"start_ms":3,"health_ms":4,"route_ms":5},"error":null,"phases":[],"source":"/src","created_at":"x"})";

std::string failed(std::string_view status, std::string_view code) {
  return R"({"id":"d1","app":"shop","status":")" + std::string(status) + R"(","error":{"code":")" + std::string(code) +
         R"(","message":"npm ci failed","hint":"look at the log","origin":"package.json:3"}})";
}

std::string event(int seq, std::string_view second, std::string_view message, std::string_view type = "deployment.phase") {
  return fmt::format(R"({{"seq":{},"at":"2026-01-04T10:30:{}Z","type":"{}","deployment":"d1","message":"{}"}})", seq, second, type, message) + "\n";
}

// A daemon that accepts one deployment and tells this story of it.
struct DeployingDaemon : FakeDaemon {
  DeployingDaemon() {
    on("POST /v1/deployments", R"({"id":"d1","app":"shop","environment":"production","release":0,"status":"QUEUED"})", 202);
    on("POST /v1/builds", R"({"id":"d1","status":"QUEUED"})", 202);
    on("GET /v1/deployments/d1", kDone);
    on("GET /v1/deployments/d1/events", event(1, "00.000", "QUEUED") + event(2, "00.010", "ANALYZING") + event(3, "00.030", "BUILDING: node 20") +
                                            event(4, "03.230", "DEPLOYING") + event(5, "03.300", "EXPOSED"));
    on("GET /v1/deployments/d1/log", "STEP 1\n\x1b[31mred\x1b[0m \x07 bell\n10%\r100%\r\n");
  }
};

}  // namespace

TEST_CASE("deploy shows the phases with their times, the build log inert, and ends with the URL") {
  DeployingDaemon daemon;
  auto outcome = podwright(daemon.dir(), {"deploy", "/src"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out.contains("✓ analyzing"));
  CHECK(outcome.out.contains("✓ building                 3.2 s  node 20\n"));
  CHECK(outcome.out.contains("  │ STEP 1\n"));
  CHECK(outcome.out.contains("  │ red \\x07 bell\n"));
  CHECK(outcome.out.contains("  │ 100%\n"));
  CHECK_FALSE(outcome.out.contains('\x1b'));
  CHECK(outcome.out.ends_with("shop is live at http://shop.localhost:8080  (release 3)\n"));
}

TEST_CASE("on a terminal the running phase is one line that is redrawn and gone at the end") {
  DeployingDaemon daemon;
  auto outcome = podwright(daemon.dir(), {"deploy", "/src"}, {.live = true});
  CHECK(outcome.out.contains("⠋ "));
  CHECK(outcome.out.contains("\r\x1b[2K✓ analyzing"));
}

TEST_CASE("deploy --json prints exactly the documented object") {
  DeployingDaemon daemon;
  auto outcome = podwright(daemon.dir(), {"deploy", "/src", "--json"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  auto expected = boost::json::parse(kDone).as_object();
  for (auto extra : {"kind", "error", "phases", "source", "created_at"}) expected.erase(extra);
  CHECK(outcome.json() == expected);
  CHECK(std::ranges::count(outcome.out, '\n') == 1);
}

TEST_CASE("every deploy option reaches the daemon byte for byte, paths absolute and with an idempotency key") {
  DeployingDaemon daemon;
  auto outcome = podwright(daemon.dir(), {"deploy", "some dir", "--app", "shop", "--env", "staging", "--ref", "v1", "--path", "web", "--port", "3000",
                                          "--domain", "a.example.com", "--domain", "b.example.com", "--set-env", "A=x=y \"%$\n'", "--set-env=B=",
                                          "--set-env", "C=[1,2]", "--no-wait", "--idempotency-key", "k1"});
  CHECK(outcome.code == 0);
  auto sent = daemon.last();
  CHECK(sent.header("idempotency-key") == "k1");
  boost::json::value expected{{"location", (fs::current_path() / "some dir").native()},
                              {"app", "shop"}, {"environment", "staging"}, {"ref", "v1"}, {"path", "web"}, {"port", 3000},
                              {"domains", {"a.example.com", "b.example.com"}},
                              {"env", {{"A", "x=y \"%$\n'"}, {"B", ""}, {"C", "[1,2]"}}}};
  CHECK(boost::json::parse(sent.body) == expected);
  CHECK(outcome.out.contains("d1 is queued"));

  podwright(daemon.dir(), {"deploy", "git@example.com:team/shop.git", "--no-wait"});
  CHECK(boost::json::parse(daemon.last().body).at("location") == "git@example.com:team/shop.git");
  CHECK(daemon.last().header("idempotency-key").size() == 26);
}

TEST_CASE("a failed deployment tells what, where and what next, with its code's exit status") {
  struct Case {
    std::string status, code;
    int exit;
  };
  for (const auto& one : {Case{"FAILED", "failed", 10}, {"ROLLED_BACK", "timeout", 7}, {"CANCELLED", "cancelled", 8}, {"FAILED", "invalid", 2}}) {
    DeployingDaemon daemon;
    daemon.on("GET /v1/deployments/d1", failed(one.status, one.code));
    auto outcome = podwright(daemon.dir(), {"deploy", "/src"});
    CHECK(outcome.code == one.exit);
    CHECK(outcome.err == "error: package.json:3: npm ci failed\nhint: look at the log\n");
    CHECK_FALSE(outcome.out.contains("is live"));
  }
}

TEST_CASE("a quiet build that fails shows the end of its log, a quiet one that works shows none") {
  DeployingDaemon daemon;
  CHECK_FALSE(podwright(daemon.dir(), {"deploy", "/src", "--quiet"}).out.contains("STEP 1"));
  daemon.on("GET /v1/deployments/d1", failed("FAILED", "failed"));
  auto outcome = podwright(daemon.dir(), {"deploy", "/src", "-q"});
  CHECK_FALSE(outcome.out.contains("STEP 1"));
  CHECK(outcome.err.starts_with("  │ STEP 1\n"));
}

TEST_CASE("a deployment is followed through a restart of the daemon without repeating what was shown") {
  DeployingDaemon daemon;
  std::atomic<int> asked = 0;
  daemon.on("GET /v1/deployments/d1", [&](const net::Request&) {
    return net::Response{.body = asked++ == 0 ? R"({"id":"d1","status":"BUILDING"})" : kDone};
  });
  auto outcome = podwright(daemon.dir(), {"deploy", "/src"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("STEP 1") == outcome.out.rfind("STEP 1"));
  CHECK(outcome.out.find("✓ building") == outcome.out.rfind("✓ building"));
  auto resumed = std::ranges::count_if(daemon.requests(), [](const auto& request) { return request.query_or("after") == "5"; });
  CHECK(resumed == 1);
}

TEST_CASE("the first Ctrl-C asks the daemon to cancel and waits for the end") {
  DeployingDaemon daemon;
  std::atomic<bool> cancelled = false;
  daemon.on("POST /v1/deployments/d1/cancel", [&](const net::Request&) { return cancelled = true, net::Response{.body = R"({"ok":true})"}; });
  daemon.on("GET /v1/deployments/d1", failed("CANCELLED", "cancelled"));
  daemon.on("GET /v1/deployments/d1/log", "");
  daemon.on("GET /v1/deployments/d1/events", [&](const net::Request&) {
    return net::Response{.stream = [&, sent = false](std::string& chunk) mutable {
      if (!sent) {
        chunk = event(1, "00.000", "BUILDING");
        ::kill(::getpid(), SIGINT);
        return sent = true;
      }
      eventually([&] { return cancelled.load(); });
      chunk = event(2, "01.000", "CANCELLED");
      return false;
    }};
  });
  auto outcome = podwright(daemon.dir(), {"deploy", "/src"});
  forget_interrupts();
  CHECK(cancelled);
  CHECK(outcome.code == 8);
  CHECK(outcome.out.contains("cancelling"));
  CHECK(outcome.out.contains("✗ building"));
}

TEST_CASE("the services of a source are followed one after the other and end together") {
  DeployingDaemon daemon;
  auto service = [](std::string id, std::string app, std::string rest) {
    return R"({"id":")" + id + R"(","app":")" + app + R"(","release":1,"done":true,)" + rest + "}";
  };
  daemon.on("GET /v1/deployments/d1",
            R"({"id":"d1","app":"shop","status":"SPLIT","done":true,"deployments":["d2","d3"]})");
  daemon.on("GET /v1/deployments/d1/events",
            event(1, "00.000", "ANALYZING") + event(2, "00.010", "SPLIT: shop-api, shop-web"));
  daemon.on("GET /v1/deployments/d2",
            service("d2", "shop-api", R"("status":"EXPOSED","url":"http://shop-api.localhost:8080/")"));
  daemon.on("GET /v1/deployments/d3",
            service("d3", "shop-web", R"("status":"EXPOSED","url":"http://shop-web.localhost:8080/")"));
  for (auto id : {"d2", "d3"}) {
    daemon.on("GET /v1/deployments/" + std::string(id) + "/events",
              event(3, "01.000", "BUILDING") + event(4, "02.000", "EXPOSED"));
    daemon.on("GET /v1/deployments/" + std::string(id) + "/log", "STEP of " + std::string(id) + "\n");
  }
  auto outcome = podwright(daemon.dir(), {"deploy", "/src"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("shop-api\n") < outcome.out.find("STEP of d2"));
  CHECK(outcome.out.find("STEP of d2") < outcome.out.find("shop-web\n"));
  CHECK(outcome.out.find("shop-web\n") < outcome.out.find("STEP of d3"));
  CHECK(
      outcome.out.ends_with("shop-api is live at http://shop-api.localhost:8080/  (release 1)\n"
                            "shop-web is live at http://shop-web.localhost:8080/  (release 1)\n"));

  auto shown = podwright(daemon.dir(), {"deploy", "/src", "--json"}).json();
  CHECK(shown.at("status") == "SPLIT");
  CHECK(shown.at("deployments").as_array().size() == 2);
  CHECK(shown.at("deployments").at(1).at("url") == "http://shop-web.localhost:8080/");

  daemon.on("GET /v1/deployments/d2",
            service("d2", "shop-api", R"("status":"FAILED","error":{"code":"timeout","message":"too slow"})"));
  daemon.on("GET /v1/deployments/d3",
            service("d3", "shop-web", R"("status":"FAILED","error":{"code":"failed","message":"no database"})"));
  auto failed = podwright(daemon.dir(), {"deploy", "/src"});
  CHECK(failed.code == 7);
  CHECK(failed.err == "error: no database\n  while deploying shop-web\nerror: too slow\n  while deploying shop-api\n");
}

TEST_CASE("a dry run prints the plan and the Containerfile") {
  DeployingDaemon daemon;
  daemon.on("POST /v1/deployments", R"({"plan":["make image","start shop-1"],"analysis":{},"containerfile":"FROM x\nRUN y\n"})");
  auto outcome = podwright(daemon.dir(), {"deploy", "/src", "--dry-run"});
  CHECK(outcome.out == "Plan\n  make image\n  start shop-1\nContainerfile\n  FROM x\n  RUN y\n");
  CHECK(boost::json::parse(daemon.last().body).at("dry_run") == true);
}

}  // namespace podwright::cli
