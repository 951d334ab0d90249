#include "route/process.hh"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/fd.hh"
#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "route/config.hh"

namespace podwright::route {

namespace {

constexpr const char* kMasterSocket = "master.sock";
constexpr const char* kLog = "haproxy.log";
constexpr Millis kStartLimit = std::chrono::seconds(10);
constexpr Millis kPollInterval{5};
constexpr int kStartRetries = 3;
constexpr Millis kRetryPause{200};
constexpr std::uintmax_t kLongestLog = 1 << 20;

std::string last_words(const fs::path& log) {
  auto text = read_file(log, 2 * kLongestLog).value_or("");
  std::string alerts;
  for (auto line : split_lines(text))
    if (line.contains("[ALERT]") && alerts.size() < 1000) alerts += (alerts.empty() ? "" : "; ") + printable(trim(line));
  return alerts.empty() ? "it printed nothing" : alerts;
}

}  // namespace

Process::Process(fs::path folder, std::string program, std::string mark)
    : folder_(std::move(folder)), program_(std::move(program)), mark_(std::move(mark)),
      admin_(folder_, std::string(kAdminSocket)), master_(folder_, kMasterSocket) {}

Process::~Process() { child_ended(); }  // reaps a dead one; a living one stays

bool Process::child_ended() {
  if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) != 0) child_ = 0;
  return child_ == 0;
}

Result<std::optional<Info>> Process::find() const {
  auto answer = admin_.ask("show info");
  if (!answer && answer.error().code == ErrorCode::not_found) return std::nullopt;
  auto info = read_info(TRY(std::move(answer)));
  if (info.description.starts_with(mark_ + " ")) return info;
  return fail(error(ErrorCode::conflict, "the proxy in {} (pid {}) is not ours: it calls itself '{}'", folder_.native(),
                    info.pid, printable(info.description))
                  .with_hint("stop it, or use another state folder"));
}

// Again when its port was held: the worker of a master that was killed, or a passing connection, lets go of it soon.
Status Process::start() {
  auto started = start_once();
  for (int retry = 0; retry < kStartRetries && !started && started.error().code == ErrorCode::unavailable; ++retry) {
    std::this_thread::sleep_for(kRetryPause);
    started = start_once();
  }
  return started;
}

Status Process::start_once() {
  std::error_code ignored;
  fs::remove(folder_ / kLog, ignored);  // what the last one said
  Command command{.argv = {program_, "-W", "-S", fmt::format("unix@{},mode,600", kMasterSocket), "-p", "pid", "-f",
                           std::string(kConfigFile)}};
  command.directory = folder_.native();
  child_ = TRY(spawn_detached(command, (folder_ / kLog).native()));
  return wait_for(mark_ + " ", kStartLimit);
}

// HAProxy prints a line for every server that comes or goes.
void Process::bound_log() const {
  std::error_code ignored;
  auto size = fs::file_size(folder_ / kLog, ignored);
  if (!ignored && size > kLongestLog) fs::resize_file(folder_ / kLog, 0, ignored);
}

// The worker serves when it answers and the master, which starts last, counts it as its worker.
bool Process::answers(const std::string& description) const {
  auto info = find();
  if (!info || !*info || !(*info)->description.starts_with(description)) return false;
  auto processes = master_.ask("show proc");
  return processes && read_worker(*processes) == (*info)->pid;
}

Status Process::wait_for(const std::string& description, Millis limit) {
  for (auto deadline = Deadline::in(limit); !deadline.passed(); std::this_thread::sleep_for(kPollInterval)) {
    bool was_ours = child_ > 0;
    if (was_ours && child_ended())
      return fail(error(ErrorCode::unavailable, "the proxy did not start: {}", last_words(folder_ / kLog))
                      .with_hint("another program may hold its port; `ss -ltnp` shows which")
                      .at((folder_ / kConfigFile).native()));
    if (answers(description)) return {};
  }
  return fail(error(ErrorCode::timeout, "the proxy did not answer within {} s: {}", limit.count() / 1000, last_words(folder_ / kLog))
                  .at((folder_ / kConfigFile).native()));
}

Status Process::reload(const std::string& expected) {
  TRY(master_.ask("reload", kStartLimit));
  return wait_for(expected, kStartLimit);
}

Status Process::stop() {
  if (!TRY(find())) return {};
  auto master = read_master(TRY(master_.ask("show proc")));
  if (master <= 1) return fail(ErrorCode::unavailable, "the proxy's master process does not say its id");
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, master, 0)));
  if (!pidfd) return {};
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGTERM, nullptr, 0);
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, 5000) <= 0) return fail(ErrorCode::timeout, "the proxy (pid {}) did not stop", master);
  child_ended();
  return {};
}

Result<std::vector<int>> Process::old_workers() const { return read_old_workers(TRY(master_.ask("show proc"))); }

Result<std::string> Process::ask_old(int worker, std::string_view command) const {
  auto answer = TRY(master_.ask(fmt::format("@!{} {}", worker, command)));
  if (answer.starts_with("Can't find")) return fail(ErrorCode::not_found, "the proxy's worker {} ended", worker);
  return answer;
}

}  // namespace podwright::route
