#include "orchestrate/supervisor.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "orchestrate/probe_instance.hh"

namespace podwright::orchestrate {

namespace {

using namespace std::chrono_literals;

constexpr size_t kMostProbes = 16;     // at once; what is beyond waits its turn
constexpr size_t kMostRestarts = 8;    // at once
constexpr auto kTurn = 100ms;          // until a full pool is asked again
constexpr Millis kMostPatience = 10s;  // for a hanging instance to stop by itself
constexpr auto kNever = std::chrono::steady_clock::time_point::max();

std::string exit_text(const Instance& instance, bool ran_out_of_memory) {
  if (instance.oom_killed || (ran_out_of_memory && instance.exit_code != 0))
    return instance.name + " was killed because it ran out of memory";
  return fmt::format("{} exited with code {}", instance.name, instance.exit_code);
}

}  // namespace

Supervisor::Supervisor(Ports ports, std::function<void(const AppKey&)> look)
    : ports_(ports), look_(std::move(look)), probes_(kMostProbes), restarts_(kMostRestarts), timer_([this] {
        loop();
      }) {}

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
      watched = Watched{.key = key, .check = service.health, .live = LiveHealth(service.health)};
      watched.stop_timeout = service.stop_timeout;
    }
    watched.instance = instance;
    if (is_new) started(watched);
    if (instance.state == InstanceState::running)
      follow(instance.name, watched, instance.pid);
    else
      schedule_restart(watched);
  });
  changed_.notify_all();
}

void Supervisor::started(Watched& watched) {
  watched.started = Clock::now();
  watched.health.started_at = now();
  watched.next_probe.reset();
  if (is_probed(watched.instance, watched.check)) watched.next_probe = Clock::now() + watched.live.next_look(0ms);
}

// Watches the end of the process that is the instance now.
void Supervisor::follow(const std::string& name, Watched& watched, pid_t pid) {
  if (watched.pid == pid) return;
  exits_.forget(watched.token);
  watched.pid = pid;
  watched.memory = OomCounter(pid);
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
    found->second.ran_out_of_memory = found->second.memory.kills() > 0;
    schedule_restart(found->second);
  });
  changed_.notify_all();
}

void Supervisor::schedule_restart(Watched& watched) {
  watched.restart_at = Clock::now() + watched.backoff.next(watched.runs_for());
}

void Supervisor::loop() {
  auto state = state_.lock();
  while (!state->stopping) {
    auto next = kNever;
    for (auto& [name, watched] : state->instances) next = std::min(next, begin_due(name, watched));
    if (next == kNever)
      changed_.wait(state.lock());
    else
      changed_.wait_until(state.lock(), next);
  }
}

// Begins what is due and answers when to look again.
Supervisor::Clock::time_point Supervisor::begin_due(const std::string& name, Watched& watched) {
  if (watched.is_restarting) return kNever;
  if (watched.restart_at) return begin_restart(name, watched);
  if (watched.next_probe) return begin_probe(name, watched);
  return kNever;
}

Supervisor::Clock::time_point Supervisor::begin_restart(const std::string& name, Watched& watched) {
  if (*watched.restart_at > Clock::now()) return *watched.restart_at;
  watched.is_restarting = restarts_.try_run([this, name] { restart(name); });
  return watched.is_restarting ? kNever : Clock::now() + kTurn;
}

Supervisor::Clock::time_point Supervisor::begin_probe(const std::string& name, Watched& watched) {
  if (*watched.next_probe > Clock::now()) return *watched.next_probe;
  bool begun = probes_.try_run(
      [this, name, instance = watched.instance, check = watched.check] { probe(name, instance, check); });
  if (!begun) return Clock::now() + kTurn;
  watched.next_probe.reset();
  return kNever;
}

std::optional<Supervisor::Watched> Supervisor::find(const std::string& name) {
  return state_.with([&](State& state) {
    auto found = state.instances.find(name);
    return found == state.instances.end() ? std::nullopt : std::optional(found->second);
  });
}

void Supervisor::restart(const std::string& name) {
  auto watched = find(name);
  if (!watched) return;
  auto before = ports_.runtime.inspect(name);
  auto started = before ? stop_hanging(*watched, *before) : Status(std::unexpected(before.error()));
  if (started) started = ports_.runtime.start(name);
  auto after = started ? ports_.runtime.inspect(name) : Result<Instance>(std::unexpected(started.error()));
  if (before && before->state != InstanceState::running)
    tell("instance.exited", watched->key, exit_text(*before, watched->ran_out_of_memory));
  if (after) return restarted(name, *after);
  if (!find(name)) return;  // it was retired meanwhile
  // Somebody removed it, or it cannot be started any more (its port was taken meanwhile): a new one takes its place.
  forget(name);
  tell("instance.lost", watched->key, name + " is made anew: " + after.error().message);
  if (before)
    if (auto removed = ports_.runtime.remove(name); !removed) log::warn("{}", printable(removed.error().text()));
  look_(watched->key);
}

// Unhealthy for too long: the very process that did not answer is stopped. Another one has been started meanwhile.
Status Supervisor::stop_hanging(const Watched& watched, const Instance& instance) {
  bool hangs = instance.state == InstanceState::running && instance.pid == watched.pid && !watched.live.healthy();
  if (!hangs) return {};
  tell("instance.stopped", watched.key,
       instance.name + " stayed unhealthy and is started again: " + watched.health.detail);
  return ports_.runtime.stop(instance.name, std::min(watched.stop_timeout, kMostPatience));
}

void Supervisor::restarted(const std::string& name, const Instance& instance) {
  AppKey key;
  bool known = state_.with([&](State& state) {
    auto found = state.instances.find(name);
    if (found == state.instances.end()) return false;
    auto& watched = found->second;
    watched.restart_at.reset();
    watched.is_restarting = false;
    watched.live.restarted();
    watched.instance = instance;
    ++watched.health.restarts;
    started(watched);
    follow(name, watched, instance.pid);
    key = watched.key;
    return true;
  });
  changed_.notify_all();
  if (known) tell("instance.restarted", key, name + " was started again");
}

void Supervisor::probe(const std::string& name, const Instance& instance, const HealthCheck& check) {
  take_answer(name, instance.pid, probe_instance(ports_.runtime, instance, check));
}

void Supervisor::take_answer(const std::string& name, pid_t pid, const ProbeAnswer& answer) {
  AppKey key;
  std::string message;
  state_.with([&](State& state) {
    auto found = state.instances.find(name);
    if (found == state.instances.end() || found->second.restart_at) return;  // restarted() goes on
    auto& watched = found->second;
    key = watched.key;
    bool is_current = watched.pid == pid;  // else the answer is about a process that is gone
    bool changed = is_current && watched.live.see(answer.healthy);
    if (is_current) watched.health.detail = answer.healthy ? "" : answer.detail;
    watched.health.healthy = watched.live.healthy();
    watched.next_probe = Clock::now() + watched.live.next_look(watched.runs_for());
    if (watched.live.wants_restart(watched.runs_for())) watched.restart_at = Clock::now();
    if (changed) message = answer.healthy ? name + " is healthy again" : name + " is unhealthy: " + answer.detail;
  });
  changed_.notify_all();
  if (message.empty()) return;
  tell(answer.healthy ? "instance.healthy" : "instance.unhealthy", key, message);
  look_(key);
}

void Supervisor::tell(const std::string& type, const AppKey& key, std::string message) {
  auto told = ports_.store.add_event(
      {.type = type, .app = key.app, .environment = key.environment, .message = printable(message)});
  if (!told) log::warn("an event was not recorded: {}", told.error().message);
}

}  // namespace podwright::orchestrate
