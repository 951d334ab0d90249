// What the parts of the store share. Included by store/*.cc only.
#pragma once

#include <soci/soci.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "base/synced.hh"
#include "store/seal.hh"
#include "store/store.hh"

namespace podwright {

struct Store::Impl {
  soci::session sql;
  std::mutex mutex;  // over sql: one writer, short transactions
  Seal seal;
  std::string installation;
  Synced<std::function<void()>> notify;

  Synced<long long> last_seq{0};
  std::condition_variable newer;

  void announce();  // after a commit: wakes event followers and workers

  // Appends inside the caller's transaction.
  void append(const Event& event);
};

Error soci_failure(const std::exception& problem);

// Runs `work` in a transaction under the lock; SOCI's exceptions become errors, an error rolls back.
template <class Impl, class Work>
auto transact(Impl& impl, Work&& work) -> decltype(work(impl.sql)) {
  std::scoped_lock guard(impl.mutex);
  try {
    soci::transaction transaction(impl.sql);
    auto answer = work(impl.sql);
    if (answer) transaction.commit();
    return answer;
  } catch (const soci::soci_error& problem) {
    return std::unexpected(soci_failure(problem));
  }
}

// Reads without a transaction of its own.
template <class Impl, class Work>
auto query(Impl& impl, Work&& work) -> decltype(work(impl.sql)) {
  std::scoped_lock guard(impl.mutex);
  try {
    return work(impl.sql);
  } catch (const soci::soci_error& problem) {
    return std::unexpected(soci_failure(problem));
  }
}

inline long long to_ms(Time time) { return time.time_since_epoch().count(); }
inline Time from_ms(long long ms) { return Time(Millis(ms)); }

void create_schema(soci::session& sql);

}  // namespace podwright
