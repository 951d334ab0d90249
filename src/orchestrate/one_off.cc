#include "orchestrate/one_off.hh"

#include <thread>

#include "base/ids.hh"

namespace podwright::orchestrate {

namespace {

using namespace std::chrono_literals;

InstanceSpec one_off_spec(const deploy::Desired& desired, const std::vector<std::string>& argv) {
  auto spec = deploy::instance_spec(desired, 0);
  spec.name = "pw-" + desired.installation + "-run-" + new_id();
  spec.labels.erase(std::string(kLabelApp));  // not an instance of the app: the reconciler leaves it alone
  spec.service.command = argv;
  spec.service.port = 0;
  spec.one_off = true;
  return spec;
}

// Its output has ended; Podman knows the exit code a moment later.
Result<int> exit_code_of(Runtime& runtime, const std::string& name, const std::stop_token& stop) {
  for (auto deadline = Deadline::in(10s); !deadline.passed(); std::this_thread::sleep_for(20ms)) {
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "the command was cancelled");
    auto instance = TRY(runtime.inspect(name));
    if (instance.state == InstanceState::exited) return instance.exit_code;
  }
  return fail(ErrorCode::timeout, "the command closed its output but did not end");
}

}  // namespace

Result<int> run_once(Runtime& runtime, const deploy::Desired& desired, const std::vector<std::string>& argv, const LogSink& sink, std::stop_token stop) {
  auto spec = one_off_spec(desired, argv);
  auto ended = [&]() -> Result<int> {
    TRY(runtime.create(spec));
    TRY(runtime.start(spec.name));
    TRY(runtime.logs(spec.name, {.follow = true}, sink, stop));
    return exit_code_of(runtime, spec.name, stop);
  }();
  auto removed = runtime.remove(spec.name);
  if (!removed && ended) return std::unexpected(removed.error());
  return ended;
}

}  // namespace podwright::orchestrate
