#include "build/build_process.hh"

#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/fs.hh"
#include "base/log.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "build/log_lines.hh"

namespace podwright::build {

namespace {

constexpr std::string_view kMark = "PODWRIGHT_BUILD";

std::vector<std::string> step_names(const fs::path& scratch) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(scratch / "tmp", ignored))
    if (auto name = entry.path().filename().native(); name.starts_with("buildah") && !name.starts_with("buildah-cache")) names.push_back("buildah-" + name);
  return names;
}

// The processes of this build's RUN steps: those in a cgroup that has the step's name.
std::set<pid_t> step_processes(const fs::path& scratch) {
  std::set<pid_t> found;
  auto names = step_names(scratch);
  std::error_code ignored;
  if (names.empty()) return found;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    auto pid = parse_integer(entry.path().filename().native());
    auto cgroup = pid ? read_file(entry.path() / "cgroup", 1 << 16) : Result<std::string>(std::string());
    if (!pid || !cgroup) continue;
    for (const auto& name : names)
      if (cgroup->contains("/" + name)) found.insert(static_cast<pid_t>(*pid));
  }
  return found;
}

bool kill_steps(const fs::path& scratch) {
  auto processes = step_processes(scratch);
  for (auto pid : processes) ::kill(pid, SIGKILL);
  return !processes.empty();
}

// Lets podman end by itself once its running step is dead, for then it cleans up; stops it the hard way a second later.
class Canceller {
 public:
  Canceller(fs::path scratch, std::stop_token stop, Millis limit) : scratch_(std::move(scratch)), stop_(stop), deadline_(Deadline::in(limit)) {
    thread_ = std::jthread([this](std::stop_token ended) { watch(ended); });
  }
  std::stop_token token() { return hard_.get_token(); }
  bool timed_out() const { return timed_out_; }
  bool cancelled() const { return stop_.stop_requested(); }

 private:
  void watch(std::stop_token ended) {
    std::stop_callback wake(stop_, [this] { std::scoped_lock lock(mutex_); changed_.notify_all(); });
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, ended, deadline_.left(), [this] { return stop_.stop_requested(); });
    if (ended.stop_requested()) return;
    timed_out_ = !stop_.stop_requested();
    for (auto patience = Deadline::in(Millis(1000)); !patience.passed() && !ended.stop_requested();) {
      kill_steps(scratch_);
      changed_.wait_for(lock, ended, Millis(50), [] { return false; });
    }
    if (!ended.stop_requested()) hard_.request_stop();
  }

  fs::path scratch_;
  std::stop_token stop_;
  Deadline deadline_;
  std::stop_source hard_;
  std::atomic<bool> timed_out_ = false;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

Result<std::string> graph_root(const PodmanSettings& settings) {
  auto out = TRY(run_ok({.argv = {"podman", "info", "--format", "{{.Store.GraphRoot}}"}, .env = podman_environment(settings), .limit = Millis(5000)}));
  return std::string(trim(out));
}

std::vector<std::string> working_containers(const fs::path& root, const std::string& id) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root / "overlay-containers", ignored)) {
    auto text = read_file(entry.path() / "userdata" / "buildah.json", 4 << 20);
    if (text && text->contains(fmt::format("\"{}\":\"{}\"", kMark, id))) found.push_back(entry.path().filename());
  }
  return found;
}

}  // namespace

void unmount_below(const fs::path& folder) {
  auto table = read_file("/proc/self/mountinfo", 8 << 20);
  if (!table) return;
  std::vector<std::string> points;
  for (auto line : split_lines(*table))
    if (auto words = split_words(line); words.size() > 4 && words[4].starts_with(folder.native() + "/")) points.emplace_back(words[4]);
  for (auto point = points.rbegin(); point != points.rend(); ++point) ::umount2(point->c_str(), MNT_DETACH);
}

namespace {

bool disk_is_full(const LogLines& lines) { return lines.saw("no space left on device") || lines.saw("disk quota exceeded"); }

Error failure(int exit_code, const LogLines& lines) {
  if (disk_is_full(lines))
    return error(ErrorCode::exhausted, "the build ran out of disk space").with_hint("free some: `podwright gc` removes old releases and caches");
  return error(ErrorCode::failed, "the build failed with exit code {}; its last lines:\n{}", exit_code, lines.tail()).with_hint("the whole log: podwright logs --build DEPLOYMENT");
}

}  // namespace

std::map<std::string, std::string> podman_environment(const PodmanSettings& settings) {
  if (settings.containers_conf.empty()) return {};
  return {{"CONTAINERS_CONF", settings.containers_conf.native()}};
}

Result<fs::path> make_scratch(const PodmanSettings& settings, std::string_view id, std::string_view app) {
  auto scratch = settings.cache_dir / "builds" / id;
  auto caches = settings.cache_dir / "caches" / app;
  TRY(make_directories(scratch / "tmp"));
  TRY(make_directories(scratch / "secrets"));
  TRY(make_directories(caches));
  std::error_code ignored;  // buildah appends the user id from 1.31 on
  for (const auto& name : {std::string("buildah-cache"), fmt::format("buildah-cache-{}", ::getuid())})
    fs::create_directory_symlink(caches, scratch / "tmp" / name, ignored);
  return scratch;
}

void sweep_build(const PodmanSettings& settings, const std::string& id, const fs::path& scratch) {
  for (auto patience = Deadline::in(Millis(500)); kill_steps(scratch) && !patience.passed();) std::this_thread::sleep_for(Millis(10));
  if (auto root = graph_root(settings)) {
    std::vector<std::string> argv{"podman", "rm", "--force", "--ignore"};
    auto left = working_containers(*root, id);
    argv.insert(argv.end(), left.begin(), left.end());
    if (!left.empty())
      if (auto removed = run_ok({.argv = argv, .env = podman_environment(settings)}); !removed) log::warn("build {}: {}", id, removed.error().message);
  }
  unmount_below(scratch);
}

Status run_build(const PodmanSettings& settings, const BuildCall& call, const LineSink& on_line, std::stop_token stop) {
  LogLines lines([&](std::string_view line) {
    if (!line.contains(kMark)) on_line(line);
  });
  Command command{.argv = {"podman", "build", fmt::format("--build-arg={}={}", kMark, call.id)}, .env = podman_environment(settings)};
  command.argv.insert(command.argv.end(), call.arguments.begin(), call.arguments.end());
  command.env["TMPDIR"] = (call.scratch / "tmp").native();
  command.limit = call.limit + std::chrono::minutes(1);  // the canceller is first
  command.max_output = 0;
  command.merge_stderr = true;

  Canceller canceller(call.scratch, stop, call.limit);
  auto finished = run(command, canceller.token(), [&](std::string_view chunk) { lines.add(chunk); });
  lines.finish();
  bool ended_well = finished && finished->exit_code == 0;
  if (ended_well) return {};
  if (!finished || canceller.cancelled() || canceller.timed_out() || finished->exit_code > 128) sweep_build(settings, call.id, call.scratch);
  if (canceller.cancelled()) return fail(ErrorCode::cancelled, "the build was cancelled");
  if (canceller.timed_out())
    return fail(error(ErrorCode::timeout, "the build took longer than {} s and was stopped", std::chrono::ceil<std::chrono::seconds>(call.limit).count())
                    .with_hint("a longer limit can be set for the app"));
  if (!finished) return std::unexpected(finished.error());
  return fail(failure(finished->exit_code, lines));
}

}  // namespace podwright::build
