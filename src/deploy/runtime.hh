// Runtime: the port through which deploy/ and orchestrate/ run containers. podman/ implements it on the libpod API;
// tests/support has a stateful fake. tests/contract/runtime holds what both must do.
// Every call is blocking, has a deadline of its own, is safe from any thread and idempotent where its comment says so.
// What does not carry our installation's label is never started, stopped, removed or entered: Error{conflict}.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "model/service.hh"

namespace podwright {

using Labels = std::map<std::string, std::string>;

// Labels on everything that we make; reconcile tells ours from others' by them.
inline constexpr std::string_view kLabelInstallation = "io.podwright.installation";
inline constexpr std::string_view kLabelApp = "io.podwright.app";
inline constexpr std::string_view kLabelEnvironment = "io.podwright.environment";
inline constexpr std::string_view kLabelRelease = "io.podwright.release";
inline constexpr std::string_view kLabelDeployment = "io.podwright.deployment";
inline constexpr std::string_view kLabelReplica = "io.podwright.replica";

// One container to be, with our deterministic name and labels. `service` says how it runs.
struct InstanceSpec {
  std::string name;
  Service service;
  Labels labels;
  std::string network;   // its own per app
  bool one_off = false;  // runs once: nothing starts it again, and a reboot ends it
};

enum class InstanceState { created, running, exited, other };

struct Instance {
  std::string id;
  std::string name;
  InstanceState state = InstanceState::other;
  std::string image_id;
  Labels labels;
  pid_t pid = 0;      // on this machine; 0 when not running
  int host_port = 0;  // on 127.0.0.1 of the machine that runs it; 0 when nothing is published
  std::string socket =
      {};  // a unix socket here that leads to host_port there; empty: this machine runs it; inspect() only
  std::string address = {};  // in its own network, while it runs; inspect() only
  int exit_code = 0;         // of the last run
  bool oom_killed = false;   // inspect() only
};

struct ImageInfo {
  std::string id;      // sha256 hex of the configuration
  std::string digest;  // "sha256:…" of the manifest
  std::vector<std::string> names;
  Labels labels;
  long long size_bytes = 0;
  long long created_s = 0;  // Unix seconds
};

struct ExecResult {
  int exit_code = 0;
  std::string output;  // both streams, at most 1 MiB
};

// Gets chunks of output; answers false to stop.
using LogSink = std::function<bool(std::string_view chunk)>;

struct LogOptions {
  bool follow = false;
  std::optional<long long> since_s = std::nullopt;  // Unix seconds
  std::optional<int> tail = std::nullopt;           // last lines
  bool timestamps = false;
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  // Version and features, or why it cannot be used (missing, too old, hung).
  virtual Result<std::string> version() = 0;

  // Makes the container, its named volumes and its network unless they are there; a container of the same name with
  // our labels is answered as it is (idempotent), a foreign one is Error{conflict}. It is not started.
  virtual Result<Instance> create(const InstanceSpec& spec) = 0;
  // Idempotent. Error{conflict} when another process took its published port: remove it and create it again.
  // Error{failed} when its command cannot be run at all, where that is known at once: behind an init process it starts,
  // says so in its log and exits. A command that exits at once is no error here.
  virtual Status start(const std::string& name) = 0;
  virtual Status stop(const std::string& name, Millis grace) = 0;  // idempotent; its stop signal, SIGKILL after grace
  virtual Status remove(const std::string& name) = 0;              // idempotent; kills a running one
  virtual Result<Instance> inspect(const std::string& name) = 0;   // Error{not_found}
  virtual Result<std::vector<Instance>> list(
      const Labels& labels) = 0;  // all states; those that carry all these labels

  virtual Status logs(const std::string& name, const LogOptions& options, const LogSink& sink,
                      std::stop_token stop) = 0;
  virtual Result<ExecResult> exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) = 0;

  virtual Result<ImageInfo> image(const std::string& reference) = 0;  // Error{not_found}
  virtual Result<std::vector<ImageInfo>> images(const Labels& labels) = 0;
  virtual Status remove_image(const std::string& id) = 0;  // idempotent; Error{conflict} while in use
  virtual Status remove_app(const Labels& labels,
                            bool volumes) = 0;  // networks (and volumes) with these labels; idempotent
};

}  // namespace podwright
