#include "orchestrate/workers.hh"

#include <malloc.h>

#include <algorithm>

#include "base/ids.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "orchestrate/gc.hh"

namespace podwright::orchestrate {

namespace {

// A delayed retry is found by looking again; a new submission wakes us at once.
constexpr auto kLook = std::chrono::seconds(5);

}  // namespace

Workers::Workers(Ports ports, const Settings& settings, Crew crew) : ports_(ports), settings_(settings), crew_(crew), owner_(new_id()) {
  if (auto freed = ports_.store.release_leases_of_others(owner_); !freed) log::error("{}", freed.error().text());
  for (int i = 0; i < settings_.workers; ++i) threads_.emplace_back([this] { work(); });
  threads_.emplace_back([this] { keep_leases(); });
}

Workers::~Workers() {
  state_.with([](State& state) {
    state.stopping = true;
    for (auto& [id, entry] : state.running) entry.second.request_stop();
  });
  changed_.notify_all();
}

void Workers::wake() {
  state_.with([](State& state) { ++state.changes; });
  changed_.notify_all();
}

void Workers::cancel(const std::string& id) {
  state_.with([&](State& state) {
    if (auto found = state.running.find(id); found != state.running.end()) found->second.second.request_stop();
  });
}

void Workers::work() {
  while (!stopping()) {
    auto seen = state_.with([](State& state) { return state.changes; });
    auto claim = ports_.store.claim(owner_, settings_.lease);
    if (claim && *claim) {
      run(std::move(**claim));
      continue;
    }
    if (!claim) log::warn("no deployment can be claimed: {}", printable(claim.error().text()));
    auto state = state_.lock();
    changed_.wait_for(state.lock(), kLook, [&] { return state->stopping || state->changes != seen; });
  }
}

void Workers::run(Claim claim) {
  auto id = claim.lease.deployment;
  std::stop_source stop;
  state_.with([&](State& state) {
    if (state.stopping) stop.request_stop();
    state.running.insert_or_assign(id, std::pair(claim.lease, stop));
  });
  // A cancel that came before we were in the table.
  if (auto deployment = ports_.store.deployment(id); deployment && deployment->cancel_requested) stop.request_stop();
  bool asked_to_cancel = false;
  try {
    DeploymentRun(ports_, settings_, crew_, std::move(claim), stop.get_token()).execute([&] {
      auto deployment = ports_.store.deployment(id);
      asked_to_cancel = deployment && deployment->cancel_requested;
      return stopping() && !asked_to_cancel;
    });
  } catch (const std::exception& bug) {
    log::error("deployment {} hit a bug: {}", id, bug.what());
  }
  state_.with([&](State& state) { state.running.erase(id); });
  wake();
  if (auto collected = collect_garbage(ports_, settings_); !collected)
    log::warn("garbage was not collected: {}", printable(collected.error().text()));
  ::malloc_trim(0);  // what a deployment needed goes back to the system: between two of them we only wait
}

void Workers::keep_leases() {
  auto state = state_.lock();
  while (!state->stopping) {
    changed_.wait_for(state.lock(), settings_.lease / 3, [&] { return state->stopping; });
    std::vector<Lease> leases;
    for (const auto& [id, entry] : state->running) leases.push_back(entry.first);
    state.lock().unlock();
    for (const auto& lease : leases)
      // A lost lease (conflict) is the run's to notice, at its next write; it may just have ended.
      if (auto renewed = ports_.store.renew(lease, settings_.lease); !renewed && renewed.error().code != ErrorCode::conflict)
        log::warn("{}", printable(renewed.error().text()));
    state.lock().lock();
  }
}

}  // namespace podwright::orchestrate
