// Retirer: lets the requests that an old instance still has finish, then stops and removes it, in the background.
#pragma once

#include <condition_variable>
#include <map>
#include <string>
#include <thread>

#include "base/synced.hh"
#include "model/app.hh"
#include "orchestrate/ports.hh"

namespace podwright::orchestrate {

class Retirer {
 public:
  explicit Retirer(Ports ports);
  ~Retirer();  // what still drains stays; the reconciler of the next daemon retires it again

  // The route must have been switched away from the instance before. Idempotent.
  void retire(const std::string& instance, const AppKey& key, Millis drain_timeout, Millis stop_timeout);

  // Waits until nothing of this app drains any more; for destroy and for tests.
  Status wait_until_gone(const AppKey& key, Deadline deadline);

 private:
  struct Retiring {
    AppKey key;
    Deadline deadline;
    Millis stop_timeout;
  };
  struct State {
    std::map<std::string, Retiring> instances;
    bool stopping = false;
  };

  void loop();
  bool drained(const std::string& name, const Retiring& retiring);
  void remove(const std::string& name, const Retiring& retiring);

  Ports ports_;
  Synced<State> state_;
  std::condition_variable changed_;
  std::jthread thread_;
};

}  // namespace podwright::orchestrate
