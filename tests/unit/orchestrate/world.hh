// An engine on the fakes of its ports and the real store, with one small source to deploy.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>

#include "base/fs.hh"
#include "deploy/plan.hh"
#include "orchestrate/engine.hh"
#include "support/fake_builder.hh"
#include "support/fake_hosts.hh"
#include "support/fake_proxy.hh"
#include "support/fake_runtime.hh"
#include "support/must.hh"

namespace podwright::orchestrate {

using namespace std::chrono_literals;

inline const AppKey kShop{"shop", "production"};

struct World {
  TempDir dir = must(TempDir::make("podwright-engine"));
  std::unique_ptr<Store> store = must(Store::open(dir.path() / "state" / "podwright.db"));
  FakeRuntime runtime{store->installation()};
  test::FakeProxy proxy;
  test::FakeBuilder builder{runtime};
  test::FakeHosts hosts;
  std::unique_ptr<Engine> engine;

  World() {
    must(write_source("<h1>1</h1>"));
    start();
  }

  Result<int> write_source(std::string_view content) {
    TRY(make_directories(dir.path() / "src" / "shop"));
    TRY(write_file(dir.path() / "src" / "shop" / "index.html", content));
    TRY(write_file(dir.path() / "src" / "shop" / "podwright.yaml", "health:\n  start_period: 2s\n"));
    return 0;
  }
  void start() {
    engine = must(Engine::start({*store, runtime, proxy, builder, &hosts},
                                {.state_dir = dir.path() / "state", .reconcile_interval = 1h}));
  }
  void restart() {
    engine.reset();
    start();
  }

  Deployment submit() { return must(engine->submit({.location = dir.path() / "src" / "shop"}, {})); }
  Deployment ended(const std::string& id) {
    for (auto deadline = Deadline::in(20s); !deadline.passed();) {
      auto seen = store->last_event();
      auto deployment = must(store->deployment(id));
      auto open = must(store->unfinished());
      if (is_final(deployment.phase) && open.empty()) return deployment;
      store->wait_for_events(seen, deadline.sooner(50ms));
    }
    FAIL("the deployment did not end");
    return {};
  }
  Deployment deploy() { return ended(submit().id); }
  RouteSpec route() { return must(proxy.observe())[kShop.text()]; }

  template <class Condition>
  bool eventually(Condition condition) {
    for (auto deadline = Deadline::in(10s); !deadline.passed();
         store->wait_for_events(store->last_event(), Deadline::in(20ms)))
      if (condition()) return true;
    return false;
  }
  size_t containers() { return must(runtime.list(podwright::deploy::app_labels(store->installation(), kShop))).size(); }
};

}  // namespace podwright::orchestrate
