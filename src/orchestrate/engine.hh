// Engine: everything that the API can ask for. Owns the workers, the supervisor and the reconciler; made once by the
// daemon. Safe from any thread; calls that wait have a deadline.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "orchestrate/ports.hh"
#include "orchestrate/prepare.hh"
#include "orchestrate/supervisor.hh"

namespace podwright::orchestrate {

struct AppStatus {
  App app;
  std::string url;
  std::vector<std::string> domains;
  std::string status;                 // "running" "degraded" "stopped" "deploying" "failed" "unreachable"
  std::vector<Placement> placements;  // where it runs
  int replicas_wanted = 0;
  int replicas_ready = 0;
};

struct InstanceStatus {
  std::string host;  // "": this machine
  Instance instance;
  AppKey key;
  int release = 0;
  int replica = 0;
  bool active = false;  // of the release that takes the traffic; the others drain or are being rolled out
  InstanceHealth health;
};

struct DryRun {
  Analysis analysis;
  std::string containerfile;
  std::vector<std::string> steps;
};

struct Collected {
  std::vector<std::string> removed;  // what, for a person
  long long freed_bytes = 0;
};

struct Check {
  std::string name;
  std::string status;  // "ok" "warn" "fail"
  std::string detail;
  std::string hint;
};

class Engine {
 public:
  // Starts everything. Errors: the proxy or the store cannot be used.
  static Result<std::unique_ptr<Engine>> start(Ports ports, Settings settings);
  ~Engine();

  // Checks the request, names the app after its source when it has no name, and queues it.
  Result<Deployment> submit(DeployRequest request, const std::string& idempotency_key);
  Result<DryRun> dry_run(DeployRequest request);
  Status cancel(const std::string& deployment);
  Result<Deployment> rollback(const AppKey& key, int to_release);

  Result<std::vector<AppStatus>> apps();
  Result<AppStatus> app(const AppKey& key);
  Result<std::vector<InstanceStatus>> instances(const std::string& app, const std::string& environment);

  Status scale(const AppKey& key, int replicas);
  Status stop(const AppKey& key);
  Status resume(const AppKey& key);               // `podwright start`
  Result<Deployment> restart(const AppKey& key);  // new containers of the active release, without a gap
  // Everywhere, or only on one server ("local": this machine); the app is forgotten when it runs nowhere any more.
  Status destroy(const AppKey& key, bool volumes, const std::string& host = {});

  // The logs of every instance of the active release, one after the other; merged as they come when following.
  Status logs(const AppKey& key, const LogOptions& options, const LogSink& sink, std::stop_token stop);
  // A one-off container of the active release. Answers its exit code.
  Result<int> run(const AppKey& key, const std::vector<std::string>& argv, const LogSink& sink, std::stop_token stop);

  // Removes images and build logs that no kept release needs; only what is ours.
  Result<Collected> collect_garbage();
  std::vector<Check> doctor();

  build::Builder& builder();
  Store& store();
  const Settings& settings() const;
  int http_port() const;

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace podwright::orchestrate
