// ThreadPool: threads that are made when there is something to do and end after some idle seconds.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace podwright {

class ThreadPool {
 public:
  explicit ThreadPool(size_t most) : most_(most) {}
  ~ThreadPool() { join(); }

  // Runs the job on a thread at once, or answers false when `most` jobs are at work (or no thread can be made).
  // The job must not throw.
  bool try_run(std::function<void()> job);

  void join();  // waits for all jobs; afterwards try_run answers false

 private:
  using Threads = std::list<std::thread>;
  void work(Threads::iterator self);
  bool start_thread();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<std::function<void()>> waiting_;  // handed over, not yet taken by a thread
  Threads threads_;
  Threads ended_;    // to be joined
  size_t busy_ = 0;  // jobs at work or waiting
  bool stopping_ = false;
};

}  // namespace podwright
