#include "orchestrate/supervisor.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "health/probe.hh"

namespace podwright::orchestrate {

namespace {

std::string exit_text(const Instance& instance) {
  if (instance.oom_killed) return instance.name + " was killed because it ran out of memory";
  return fmt::format("{} exited with code {}", instance.name, instance.exit_code);
}

}  // namespace

Supervisor::Supervisor(Ports ports, std::function<void(const AppKey&)> look)
    : ports_(ports),
      look_(std::move(look)),
      restarter_([this] { restart_loop(); }),
      prober_([this] { probe_loop(); }) {}

Supervisor::~Supervisor() {
  state_.with([](State& state) { state.stopping = true; });
  changed_.notify_all();
}

void Supervisor::watch(const Instance& instance, const AppKey& key, const Service& service) {
  state_.with([&](State& state) {
    auto [entry, is_new] = state.instances.try_emplace(instance.name);
    auto& watched = entry->second;
    if (watched.restart_at) return;  // about to be restarted
    if (is_new) {
      watched = Watched{
          .key = key, .check = service.health, .live = LiveHealth(service.health), .health = {.started_at = now()}};
      watched.started = Clock::now();
      watched.next_probe = Clock::now() + watched.check.interval;
    }
    watched.host_port = instance.host_port;
    if (instance.state == InstanceState::running)
      follow(instance.name, watched, instance.pid);
    else
      schedule_restart(watched);
  });
  changed_.notify_all();
}

// Watches the end of the process that is the instance now.
void Supervisor::follow(const std::string& name, Watched& watched, pid_t pid) {
  if (watched.pid == pid) return;
  exits_.forget(watched.token);
  watched.pid = pid;
  auto token = exits_.watch(pid, [this, name](pid_t ended) { exited(name, ended); });
  watched.token = token.value_or(0);
  if (!token) log::warn("{} is only looked at now and then: {}", name, token.error().message);
}

void Supervisor::forget(const std::string& name) {
  state_.with([&](State& state) {
    auto found = state.instances.find(name);
    if (found == state.instances.end()) return;
    exits_.forget(found->second.token);
    state.instances.erase(found);
  });
}

std::map<std::string, InstanceHealth> Supervisor::snapshot() {
  std::map<std::string, InstanceHealth> all;
  state_.with([&](State& state) {
    for (const auto& [name, watched] : state.instances) all.emplace(name, watched.health);
  });
  return all;
}

void Supervisor::exited(const std::string& name, pid_t pid) {
  state_.with([&](State& state) {
    auto found = state.instances.find(name);
    if (found == state.instances.end() || found->second.pid != pid || found->second.restart_at) return;
    schedule_restart(found->second);
  });
  changed_.notify_all();
}

void Supervisor::schedule_restart(Watched& watched) {
  auto ran_for = std::chrono::duration_cast<Millis>(Clock::now() - watched.started);
  watched.restart_at = Clock::now() + watched.backoff.next(ran_for);
}

void Supervisor::restart_loop() {
  auto state = state_.lock();
  while (!state->stopping) {
    auto due = state->instances.end();
    for (auto it = state->instances.begin(); it != state->instances.end(); ++it)
      if (it->second.restart_at && (due == state->instances.end() || *it->second.restart_at < *due->second.restart_at))
        due = it;
    if (due == state->instances.end()) {
      changed_.wait(state.lock());
      continue;
    }
    if (auto at = *due->second.restart_at; at > Clock::now()) {
      changed_.wait_until(state.lock(), at);
      continue;
    }
    auto name = due->first;
    state.lock().unlock();
    restart(name);
    state.lock().lock();
  }
}

void Supervisor::restart(const std::string& name) {
  AppKey key = state_.with([&](State& state) {
    auto found = state.instances.find(name);
    return found == state.instances.end() ? AppKey{} : found->second.key;
  });
  if (key.app.empty()) return;
  auto before = ports_.runtime.inspect(name);
  auto started = before ? ports_.runtime.start(name) : Status(std::unexpected(before.error()));
  auto after = started ? ports_.runtime.inspect(name) : Result<Instance>(std::unexpected(started.error()));
  if (before && before->state != InstanceState::running) tell("instance.exited", key, exit_text(*before));
  if (after) return restarted(name, *after);
  // Somebody removed it, or it cannot be started any more (its port was taken meanwhile): a new one takes its place.
  forget(name);
  tell("instance.lost", key, name + " is made anew: " + after.error().message);
  if (before)
    if (auto removed = ports_.runtime.remove(name); !removed) log::warn("{}", printable(removed.error().text()));
  look_(key);
}

void Supervisor::restarted(const std::string& name, const Instance& instance) {
  AppKey key;
  bool known = state_.with([&](State& state) {
    auto found = state.instances.find(name);
    if (found == state.instances.end()) return false;
    auto& watched = found->second;
    watched.restart_at.reset();
    watched.started = Clock::now();
    watched.next_probe = Clock::now() + watched.check.interval;
    watched.live = LiveHealth(watched.check);
    watched.host_port = instance.host_port;
    watched.health.started_at = now();
    ++watched.health.restarts;
    follow(name, watched, instance.pid);
    key = watched.key;
    return true;
  });
  if (!known) return;
  tell("instance.restarted", key, name + " was started again");
}

void Supervisor::probe_loop() {
  auto state = state_.lock();
  while (!state->stopping) {
    auto next = Clock::time_point::max();
    std::string due;
    for (auto& [name, watched] : state->instances) {
      if (watched.restart_at || watched.host_port == 0 || watched.check.kind == ProbeKind::exec) continue;
      if (watched.next_probe < next) next = watched.next_probe, due = name;
    }
    if (due.empty()) {
      changed_.wait(state.lock());
      continue;
    }
    if (next > Clock::now()) {
      changed_.wait_until(state.lock(), next);
      continue;
    }
    auto& watched = state->instances[due];
    watched.next_probe = Clock::now() + watched.check.interval;
    auto check = watched.check;
    auto port = watched.host_port;
    state.lock().unlock();
    auto answer = probe(check, {port});
    take_answer(due, answer.healthy, answer.detail);
    state.lock().lock();
  }
}

void Supervisor::take_answer(const std::string& name, bool healthy, const std::string& detail) {
  AppKey key;
  std::string message;
  state_.with([&](State& state) {
    auto found = state.instances.find(name);
    if (found == state.instances.end() || found->second.restart_at) return;
    auto& watched = found->second;
    key = watched.key;
    bool changed = watched.live.see(healthy);
    watched.next_probe = Clock::now() + watched.live.next_look();
    watched.health.healthy = watched.live.healthy();
    watched.health.detail = healthy ? "" : detail;
    if (changed) message = healthy ? name + " is healthy again" : name + " is unhealthy: " + detail;
  });
  if (message.empty()) return;
  tell(healthy ? "instance.healthy" : "instance.unhealthy", key, message);
  look_(key);
}

void Supervisor::tell(const std::string& type, const AppKey& key, std::string message) {
  auto told = ports_.store.add_event(
      {.type = type, .app = key.app, .environment = key.environment, .message = printable(message)});
  if (!told) log::warn("an event was not recorded: {}", told.error().message);
}

}  // namespace podwright::orchestrate
