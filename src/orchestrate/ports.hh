// What the orchestrator works with: the ports to the world, and the few numbers that bound it. Owned by the daemon,
// which outlives everything here.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "build/builder.hh"
#include "deploy/runtime.hh"
#include "route/proxy.hh"
#include "store/store.hh"

namespace podwright::orchestrate {

// How an image came to a server.
struct Shipment {
  long long bytes_sent = 0;
  long long bytes_total = 0;  // of all its layers
  Millis took{0};
};

// Told now and then while bytes travel.
using ShipProgress = std::function<void(long long sent, long long total)>;

// A server: the same two ports as this machine's, reached over SSH, and the way images get there. Its runtime and its
// proxy connect when they are used and answer Error{unavailable} while the server cannot be reached. Safe from any
// thread.
class RemoteHost {
 public:
  virtual ~RemoteHost() = default;
  virtual Runtime& runtime() = 0;
  virtual Proxy& proxy() = 0;

  // Looks whether it can be reached and can run what we bring. The error says what is missing there.
  virtual Status connect() = 0;
  virtual std::string address() = 0;  // for URLs: its host name or IP address; "" while it was never reached

  // The image with this id and under this name is there afterwards; only what is missing travels. Idempotent.
  virtual Result<Shipment> bring_image(const std::string& id, const std::string& reference,
                                       const ShipProgress& progress, std::stop_token stop) = 0;
};

// The servers that `host add` made known.
class Hosts {
 public:
  virtual ~Hosts() = default;
  // The names of the servers that carry all of these "key=value" labels. Error{not_found} when there is none.
  virtual Result<std::vector<std::string>> labelled(const std::vector<std::string>& labels) = 0;
  // The same object for as long as the daemon runs. Error{not_found}.
  virtual Result<RemoteHost*> host(const std::string& name) = 0;
};

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
