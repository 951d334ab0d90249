// A Runtime without Podman: stateful and scriptable. A running container is a real child process of the test (so pidfds,
// exits and signals are real) and, when its behaviour says so, a real HTTP listener on 127.0.0.1.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hh"
#include "base/synced.hh"
#include "deploy/runtime.hh"

namespace podwright {

// What a started container does, chosen by the first word of its command, else by its image, else the default: it serves.
struct Behaviour {
  bool serves = true;           // answers every HTTP request on its port with http_status
  int http_status = 200;
  Millis ready_after{0};        // listens only after this long
  bool ignores_term = false;
  std::optional<int> exits_with = std::nullopt;  // ends by itself …
  Millis exits_after{0};                         // … after this long
  bool oom = false;             // an end by SIGKILL counts as out of memory
  std::string log = {};         // what it has written to its log
};

class FakeRuntime final : public Runtime {
 public:
  explicit FakeRuntime(std::string installation) : installation_(std::move(installation)) {}
  ~FakeRuntime() override;

  // Scripting. Operations are named like the virtuals: "create", "start", "stop", …
  void add_image(ImageInfo image);
  void behave(const std::string& command_or_image, Behaviour behaviour);
  void fail_next(const std::string& operation, Error error, int times = 1);
  void crash(const std::string& name);                        // SIGKILL to its process, as by the kernel
  void add_foreign(const std::string& name);                  // a container without our label
  // What every exec answers from now on; called without a lock held, so that it may take its time.
  using OnExec = std::function<Result<ExecResult>(const std::string& name, Millis limit)>;
  void on_exec(OnExec answer);
  std::vector<std::string> calls();                           // "create pw-a", "start pw-a", … in order

  Result<std::string> version() override;
  Result<Instance> create(const InstanceSpec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, Millis grace) override;
  Status remove(const std::string& name) override;
  Result<Instance> inspect(const std::string& name) override;
  Result<std::vector<Instance>> list(const Labels& labels) override;
  Status logs(const std::string& name, const LogOptions& options, const LogSink& sink, std::stop_token stop) override;
  Result<ExecResult> exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) override;
  Result<ImageInfo> image(const std::string& reference) override;
  Result<std::vector<ImageInfo>> images(const Labels& labels) override;
  Status remove_image(const std::string& id) override;
  Status remove_app(const Labels& labels, bool volumes) override;

 private:
  struct Container {
    Instance instance;
    InstanceSpec spec;
    Behaviour behaviour;
    Fd lifeline;  // its process ends when this end of a pipe is closed
  };
  struct World {
    std::map<std::string, Container> containers;
    std::vector<ImageInfo> images;
    std::map<std::string, Behaviour> behaviours;
    std::map<std::string, std::deque<Error>> failures;
    std::vector<std::string> calls;
    OnExec on_exec = [](const std::string&, Millis) { return ExecResult{}; };
    int next_id = 1;
  };

  Status enter(World& world, const std::string& operation, const std::string& subject);
  Status begin_exec(const std::string& name, const std::vector<std::string>& argv, OnExec& answer);
  Result<Container*> ours(World& world, const std::string& name);
  static Behaviour behaviour_of(const World& world, const InstanceSpec& spec);
  static void refresh(Container& container);
  static void launch(Container& container);

  std::string installation_;
  Synced<World> world_;
};

}  // namespace podwright
