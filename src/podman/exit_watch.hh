// ExitWatch calls back within about a millisecond of a process's end, for any process of this machine (not only
// children), through pidfds on one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "base/fd.hh"
#include "base/result.hh"
#include "base/synced.hh"

namespace podwright::podman {

class ExitWatch {
 public:
  using Token = uint64_t;
  using OnExit = std::function<void(pid_t pid)>;  // once, on the watching thread: quick, hands the work on

  ExitWatch();
  ~ExitWatch();  // never from a callback; none runs after it
  ExitWatch(const ExitWatch&) = delete;
  ExitWatch& operator=(const ExitWatch&) = delete;

  // A process that is gone already is reported like one that ends now. Error{exhausted} when descriptors ran out.
  Result<Token> watch(pid_t pid, OnExit on_exit);

  // No call for this token begins afterwards; one that is under way may still be running. Unknown tokens are fine.
  void forget(Token token);

 private:
  struct Entry {
    pid_t pid = 0;
    Fd pidfd;
    OnExit on_exit;
  };
  struct Watched {
    std::map<Token, Entry> entries;
    std::vector<Token> gone;  // were gone when they came
    Token next = 1;           // 0 is the wake-up's
    bool stopping = false;
  };

  void loop();
  void report(Token token);
  void wake() const;

  Fd epoll_;
  Fd wake_;
  Synced<Watched> watched_;
  std::thread thread_;
};

}  // namespace podwright::podman
