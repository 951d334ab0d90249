// Synced<T>: data that is reachable only under its lock.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace podwright {

template <class T>
class Synced {
 public:
  Synced() = default;
  explicit Synced(T value) : value_(std::move(value)) {}

  class Locked {
   public:
    T& operator*() const { return *value_; }
    T* operator->() const { return value_; }
    std::unique_lock<std::mutex>& lock() { return lock_; }  // for a condition variable's wait

   private:
    friend class Synced;
    Locked(std::mutex& mutex, T* value) : lock_(mutex), value_(value) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  Locked lock() { return Locked(mutex_, &value_); }

  template <class F>
  auto with(F&& use) {
    std::scoped_lock guard(mutex_);
    return std::forward<F>(use)(value_);
  }

 private:
  std::mutex mutex_;
  T value_{};
};

}  // namespace podwright
