// The supervisor on a fake runtime whose containers are real processes: exits, probes and restarts.
#include "orchestrate/supervisor.hh"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "base/fs.hh"
#include "support/fake_builder.hh"
#include "support/fake_proxy.hh"
#include "support/fake_runtime.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::orchestrate;
using namespace std::chrono_literals;

namespace {

struct Watch {
  TempDir dir = must(TempDir::make("podwright-supervisor"));
  std::unique_ptr<Store> store = must(Store::open(dir.path() / "podwright.db"));
  FakeRuntime runtime{store->installation()};
  test::FakeProxy proxy;
  test::FakeBuilder builder{runtime};
  std::atomic<int> looks = 0;
  std::unique_ptr<Supervisor> supervisor =
      std::make_unique<Supervisor>(Ports{*store, runtime, proxy, builder}, [this](const AppKey&) { ++looks; });

  Watch() { runtime.add_image({.id = "image", .digest = "sha256:1", .names = {}, .labels = {}}); }

  // A running instance that is asked by a command many times a second.
  std::string start(const std::string& name, HealthCheck check = {}) {
    check.kind = ProbeKind::exec;
    check.command = {"check"};
    if (check.interval > 1s) check.interval = 20ms;
    check.start_period = 0ms;
    Service service{.image = "image", .port = 3000, .health = check, .stop_timeout = 1s};
    must(runtime.create({.name = name,
                         .service = service,
                         .labels = {{std::string(kLabelInstallation), store->installation()}},
                         .network = "net"}));
    REQUIRE(runtime.start(name));
    supervisor->watch(must(runtime.inspect(name)), {name, "production"}, service);
    return name;
  }
  InstanceHealth health(const std::string& name) { return supervisor->snapshot().at(name); }

  template <class Condition>
  bool eventually(Condition condition) {
    for (auto deadline = Deadline::in(10s); !deadline.passed(); std::this_thread::sleep_for(5ms))
      if (condition()) return true;
    return false;
  }
  bool told(const std::string& type) {
    return std::ranges::any_of(must(store->events(0, 100)), [&](const Event& event) { return event.type == type; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Watch, "a command that checks health is repeated after go-live, and its verdict is told") {
  std::atomic<int> code = 0;
  runtime.on_exec([&](const std::string&, Millis) { return ExecResult{.exit_code = code, .output = "no queue\n"}; });
  auto name = start("worker", {.restart = false});
  code = 2;
  REQUIRE(eventually([&] { return !health(name).healthy; }));
  CHECK(health(name).detail == "the check exited with 2: no queue");
  CHECK(eventually([&] { return told("instance.unhealthy") && looks == 1; }));
  code = 0;
  CHECK(eventually([&] { return health(name).healthy && told("instance.healthy"); }));
  CHECK(health(name).restarts == 0);
  supervisor.reset();  // its probes use what lives here
}

TEST_CASE_FIXTURE(Watch, "an instance that stays unhealthy is stopped and started again until it recovers") {
  std::atomic<bool> is_well = false;
  runtime.on_exec([&](const std::string&, Millis) { return ExecResult{.exit_code = is_well ? 0 : 1}; });
  auto name = start("web", {.retries = 1});
  auto pid = must(runtime.inspect(name)).pid;
  REQUIRE(eventually([&] { return health(name).restarts == 1; }));
  CHECK(must(runtime.inspect(name)).pid != pid);
  CHECK(told("instance.stopped"));
  CHECK_FALSE(health(name).healthy);  // until it answers
  is_well = true;
  CHECK(eventually([&] { return health(name).healthy; }));
  CHECK(told("instance.healthy"));
  supervisor.reset();
}

TEST_CASE_FIXTURE(Watch, "probes that hang delay neither the probes nor the restarts of others") {
  std::atomic<bool> let_go = false;
  std::atomic<int> answered = 0, hanging = 0;
  runtime.on_exec([&](const std::string& name, Millis) {
    if (name == "quick") return ++answered, ExecResult{};
    for (++hanging; !let_go;) std::this_thread::sleep_for(5ms);
    return ExecResult{.exit_code = 1};
  });
  for (auto name : {"slow-a", "slow-b", "slow-c"}) start(name, {.restart = false});
  REQUIRE(eventually([&] { return hanging == 3; }));
  start("quick");
  CHECK(eventually([&] { return answered > 10; }));
  runtime.crash("slow-a");
  CHECK(eventually([&] { return health("slow-a").restarts == 1; }));
  CHECK(hanging == 3);
  let_go = true;
  supervisor.reset();
}

TEST_CASE_FIXTURE(Watch, "the answer about a process that is gone says nothing about the next one") {
  std::atomic<bool> let_go = false, asked = false;
  runtime.on_exec([&](const std::string&, Millis) {
    if (asked.exchange(true)) return ExecResult{};
    while (!let_go) std::this_thread::sleep_for(5ms);
    return ExecResult{.exit_code = 1};
  });
  auto name = start("web", {.retries = 1});
  REQUIRE(eventually([&] { return asked.load(); }));
  runtime.crash(name);
  REQUIRE(eventually([&] { return health(name).restarts == 1; }));
  let_go = true;
  supervisor.reset();  // waits for its probes
  CHECK_FALSE(told("instance.unhealthy"));
}
