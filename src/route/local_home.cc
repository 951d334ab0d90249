#include "route/local_home.hh"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.hh"
#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "route/config.hh"
#include "route/control.hh"
#include "route/readback.hh"

namespace podwright::route {

namespace {

constexpr const char* kLog = "haproxy.log";
constexpr std::uintmax_t kLongestLog = 1 << 20;
constexpr int kStopLimitMs = 5000;

}  // namespace

Result<std::string> LocalHome::read(const std::string& name) {
  return read_file(folder_ / name);
}

Status LocalHome::write(const std::vector<HomeFile>& files) {
  for (const auto& [name, content] : files) {
    auto now = read_file(folder_ / name);
    if (!now || *now != content) TRY(write_file(folder_ / name, content, 0600));
  }
  return {};
}

Result<std::string> LocalHome::ask(const std::string& socket, std::string_view command, Millis limit) {
  return ControlSocket(folder_, socket).ask(command, limit);
}

Status LocalHome::start() {
  std::error_code ignored;
  fs::remove(folder_ / kLog, ignored);  // what the last one said
  Command command{.argv = haproxy_arguments()};
  command.argv.insert(command.argv.begin(), {program_, "-p", "pid"});
  command.directory = folder_.native();
  child_ = TRY(spawn_detached(command, (folder_ / kLog).native()));
  was_started_ = true;
  return {};
}

bool LocalHome::child_ended() {
  if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) != 0) child_ = 0;
  return child_ == 0;
}

Status LocalHome::stop() {
  auto processes = ask(std::string(kMasterSocket), "show proc", Millis(kStopLimitMs));
  if (!processes && processes.error().code == ErrorCode::not_found) return {};
  auto master = read_master(TRY(std::move(processes)));
  if (master <= 1) return fail(ErrorCode::unavailable, "the proxy's master process does not say its id");
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, master, 0)));
  if (!pidfd) return {};
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGTERM, nullptr, 0);
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, kStopLimitMs) <= 0) return fail(ErrorCode::timeout, "the proxy (pid {}) did not stop", master);
  child_ended();
  return {};
}

std::string LocalHome::last_words() {
  auto text = read_file(folder_ / kLog, 2 * kLongestLog).value_or("");
  auto alerts = read_alerts(text);
  return alerts.empty() ? "it printed nothing" : alerts;
}

// HAProxy prints a line for every server that comes or goes.
void LocalHome::bound_log() {
  std::error_code ignored;
  auto size = fs::file_size(folder_ / kLog, ignored);
  if (!ignored && size > kLongestLog) fs::resize_file(folder_ / kLog, 0, ignored);
}

}  // namespace podwright::route
