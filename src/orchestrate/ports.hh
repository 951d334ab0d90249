// What the orchestrator works with: the ports to the world, and the few numbers that bound it. Owned by the daemon,
// which outlives everything here.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "build/builder.hh"
#include "deploy/hosts.hh"
#include "deploy/runtime.hh"
#include "route/proxy.hh"
#include "store/store.hh"

namespace podwright::orchestrate {

struct Ports {
  Store& store;
  Runtime& runtime;
  Proxy& proxy;
  build::Builder& builder;
  Hosts* hosts = nullptr;  // null: this machine only
};

struct Settings {
  std::filesystem::path state_dir;
  int workers = 2;                         // deployments at once, each of another app
  int keep_releases = 5;                   // per app and environment, the active one included
  long long min_free_bytes = 512LL << 20;  // below this, new deployments are refused
  Millis lease = std::chrono::seconds(30);
  Millis reconcile_interval = std::chrono::seconds(30);
  int max_attempts = 4;                         // of a deployment that fails for transient reasons
  std::function<Status()> revive_runtime = {};  // called when the runtime does not answer; idempotent
};

}  // namespace podwright::orchestrate
