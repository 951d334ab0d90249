#include "base/thread_pool.hh"

#include <chrono>
#include <system_error>

namespace podwright {

namespace {

constexpr auto kIdle = std::chrono::seconds(10);

}  // namespace

bool ThreadPool::try_run(std::function<void()> job) {
  Threads ended;
  {
    std::scoped_lock lock(mutex_);
    if (stopping_ || busy_ >= most_) return false;
    if (busy_ >= threads_.size() && !start_thread()) return false;
    ++busy_;
    waiting_.push_back(std::move(job));
    ended.swap(ended_);
  }
  wake_.notify_one();
  for (auto& thread : ended) thread.join();
  return true;
}

bool ThreadPool::start_thread() {
  auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { work(self); });
    return true;
  } catch (const std::system_error&) {
    threads_.erase(self);
    return false;
  }
}

void ThreadPool::work(Threads::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, kIdle, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) break;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes before the place is free
    lock.lock();
    --busy_;
  }
  ended_.splice(ended_.end(), threads_, self);
}

void ThreadPool::join() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  while (!threads_.empty() || !ended_.empty()) {
    auto& from = ended_.empty() ? threads_ : ended_;
    auto thread = std::move(from.front());
    lock.unlock();
    thread.join();
    lock.lock();
    std::erase_if(ended_, [](const auto& ended) { return !ended.joinable(); });
  }
}

}  // namespace podwright
