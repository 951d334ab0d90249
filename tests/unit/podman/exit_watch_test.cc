#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include "podman/exit_watch.hh"

using namespace podwright;
using podman::ExitWatch;
using namespace std::chrono_literals;

namespace {

pid_t sleeping_child() {
  pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGTERM, SIG_DFL);
    for (;;) ::pause();
  }
  return pid;
}

void end(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

}  // namespace

TEST_CASE("many processes are watched and each end is reported once, at once") {
  std::vector<pid_t> pids;
  for (int i = 0; i < 50; ++i) pids.push_back(sleeping_child());
  ExitWatch watch;
  std::atomic<int> calls = 0;
  std::vector<std::promise<pid_t>> ended(pids.size());
  for (size_t i = 0; i < pids.size(); ++i)
    REQUIRE(watch.watch(pids[i], [&, i](pid_t pid) { ++calls; ended[i].set_value(pid); }));
  for (size_t i = 0; i < pids.size(); ++i) {
    auto future = ended[i].get_future();
    CHECK(future.wait_for(0ms) == std::future_status::timeout);
    ::kill(pids[i], SIGKILL);
    REQUIRE(future.wait_for(2s) == std::future_status::ready);
    CHECK(future.get() == pids[i]);
    ::waitpid(pids[i], nullptr, 0);
  }
  CHECK(calls == static_cast<int>(pids.size()));
}

TEST_CASE("a process that is gone already is reported too") {
  pid_t pid = sleeping_child();
  end(pid);
  ExitWatch watch;
  std::promise<pid_t> ended;
  REQUIRE(watch.watch(pid, [&](pid_t which) { ended.set_value(which); }));
  auto future = ended.get_future();
  REQUIRE(future.wait_for(2s) == std::future_status::ready);
  CHECK(future.get() == pid);
}

TEST_CASE("a forgotten process is not reported, and a callback may watch again") {
  ExitWatch watch;
  pid_t forgotten = sleeping_child(), first = sleeping_child(), second = sleeping_child();
  std::atomic<bool> wrong = false;
  std::promise<void> done;
  auto token = watch.watch(forgotten, [&](pid_t) { wrong = true; });
  REQUIRE(token);
  watch.forget(*token);
  watch.forget(999);
  end(forgotten);
  REQUIRE(watch.watch(first, [&](pid_t) { (void)watch.watch(second, [&](pid_t) { done.set_value(); }); }));
  end(first);
  end(second);
  CHECK(done.get_future().wait_for(2s) == std::future_status::ready);
  CHECK_FALSE(wrong);
}
