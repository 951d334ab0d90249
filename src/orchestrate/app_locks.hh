// One lock per app and environment: a rollout and the reconciler never work on the same app at once.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/synced.hh"
#include "model/app.hh"

namespace podwright::orchestrate {

class AppLocks {
 public:
  std::unique_lock<std::timed_mutex> lock(const AppKey& key) { return std::unique_lock(of(key)); }

  // Empty-handed (check owns_lock()) when somebody else works on the app for longer than `patience`.
  std::unique_lock<std::timed_mutex> try_lock(const AppKey& key, std::chrono::milliseconds patience = {}) {
    return std::unique_lock(of(key), patience);
  }

 private:
  std::timed_mutex& of(const AppKey& key) {
    auto locks = locks_.lock();
    auto& lock = (*locks)[key];
    if (!lock) lock = std::make_unique<std::timed_mutex>();
    return *lock;  // never removed: bounded by the number of apps that ever ran under this daemon
  }

  Synced<std::map<AppKey, std::unique_ptr<std::timed_mutex>>> locks_;
};

}  // namespace podwright::orchestrate
