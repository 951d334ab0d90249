#include "podman/exit_watch.hh"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace podwright::podman {

ExitWatch::ExitWatch() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  thread_ = std::thread([this] { loop(); });
}

ExitWatch::~ExitWatch() {
  watched_.lock()->stopping = true;
  wake();
  thread_.join();
}

Result<ExitWatch::Token> ExitWatch::watch(pid_t pid, OnExit on_exit) {
  Fd pidfd(pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1);
  if (!pidfd && pid > 0 && errno != ESRCH && errno != EINVAL)
    return fail(ErrorCode::exhausted, "cannot watch process {}: {}", pid, std::strerror(errno));
  auto watched = watched_.lock();
  auto token = watched->next++;
  int fd = pidfd.get();
  watched->entries.emplace(token, Entry{pid, std::move(pidfd), std::move(on_exit)});
  epoll_event event{.events = EPOLLIN, .data = {.u64 = token}};
  if (fd >= 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return token;
  watched->gone.push_back(token);
  wake();
  return token;
}

void ExitWatch::forget(Token token) {
  watched_.lock()->entries.erase(token);  // closing a pidfd takes it out of the epoll set
}

void ExitWatch::wake() const {
  uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
}

void ExitWatch::report(Token token) {
  Entry entry;
  {
    auto watched = watched_.lock();
    auto found = watched->entries.find(token);
    if (found == watched->entries.end()) return;
    entry = std::move(found->second);
    watched->entries.erase(found);
  }
  entry.on_exit(entry.pid);
}

void ExitWatch::loop() {
  for (;;) {
    epoll_event events[16];
    int count = ::epoll_wait(epoll_.get(), events, 16, -1);
    if (watched_.lock()->stopping) return;
    for (int i = 0; i < count; ++i) {
      if (auto token = events[i].data.u64; token != 0) {
        report(token);
        continue;
      }
      uint64_t value = 0;
      [[maybe_unused]] auto got = ::read(wake_.get(), &value, sizeof value);
      auto gone = std::exchange(watched_.lock()->gone, {});
      for (auto token : gone) report(token);
    }
  }
}

}  // namespace podwright::podman
