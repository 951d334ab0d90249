#include "orchestrate/retirer.hh"

#include <algorithm>
#include <vector>

#include "base/log.hh"
#include "base/text.hh"

namespace podwright::orchestrate {

namespace {

constexpr Millis kTick(100);  // between two looks at what still drains; the thread sleeps when nothing does

}  // namespace

Retirer::Retirer(Ports ports) : ports_(ports), thread_([this] { loop(); }) {}

Retirer::~Retirer() {
  state_.with([](State& state) { state.stopping = true; });
  changed_.notify_all();
}

void Retirer::retire(const std::string& instance, const AppKey& key, Millis drain_timeout, Millis stop_timeout) {
  state_.with([&](State& state) {
    state.instances.try_emplace(instance, Retiring{key, Deadline::in(drain_timeout), stop_timeout});
  });
  changed_.notify_all();
}

Status Retirer::wait_until_gone(const AppKey& key, Deadline deadline) {
  auto state = state_.lock();
  bool gone = changed_.wait_for(state.lock(), deadline.left(), [&] {
    return std::ranges::none_of(state->instances, [&](const auto& entry) { return entry.second.key == key; });
  });
  if (!gone) return fail(ErrorCode::timeout, "instances of {} are still draining", key.text());
  return {};
}

void Retirer::loop() {
  auto state = state_.lock();
  while (!state->stopping) {
    if (state->instances.empty()) {
      changed_.wait(state.lock());
      continue;
    }
    auto round = state->instances;
    state.lock().unlock();
    std::vector<std::string> done;
    for (const auto& [name, retiring] : round) {
      if (!drained(name, retiring)) continue;
      remove(name, retiring);
      done.push_back(name);
    }
    state.lock().lock();
    for (const auto& name : done) state->instances.erase(name);
    if (!done.empty()) changed_.notify_all();
    if (!state->stopping) changed_.wait_for(state.lock(), kTick, [&] { return state->stopping; });
  }
}

bool Retirer::drained(const std::string& name, const Retiring& retiring) {
  if (retiring.deadline.passed()) return true;
  auto sessions = ports_.proxy.open_sessions(retiring.key.text(), name);
  return sessions && *sessions == 0;
}

void Retirer::remove(const std::string& name, const Retiring& retiring) {
  auto warn = [&](const Status& status) {
    if (!status) log::warn("retiring {}: {}", name, printable(status.error().message));
  };
  warn(ports_.proxy.release_target(retiring.key.text(), name));
  warn(ports_.runtime.stop(name, retiring.stop_timeout));
  warn(ports_.runtime.remove(name));
}

}  // namespace podwright::orchestrate
