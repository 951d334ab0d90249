#include "support/fake_proxy.hh"

#include <algorithm>

#include "route/layout.hh"

namespace podwright::test {

namespace {

bool names(const std::vector<Target>& targets, const std::string& name) {
  return std::ranges::any_of(targets, [&](const Target& target) { return target.name == name; });
}

std::string list(const RouteSpec& spec) {
  std::string out;
  for (const auto& target : spec.targets) out += (out.empty() ? "" : ",") + target.name;
  return out;
}

}  // namespace

Status FakeProxy::ready(State& state) {
  if (auto failure = std::exchange(state.failure, std::nullopt)) return fail(*failure);
  if (!state.alive) return fail(ErrorCode::unavailable, "the proxy does not run");
  return {};
}

Status FakeProxy::put(State& state, const RouteSpec& spec) {
  TRY(route::check_route(spec));
  for (const auto& [name, other] : state.routes)
    for (const auto& host : other.hosts)
      if (name != spec.name && std::ranges::find(spec.hosts, host) != spec.hosts.end())
        return fail(ErrorCode::conflict, "the host name '{}' belongs to {} already", host, name);
  for (const auto& old : state.routes[spec.name].targets)
    if (!names(spec.targets, old.name)) state.draining[spec.name].insert(old.name);
  for (const auto& target : spec.targets) state.draining[spec.name].erase(target.name);
  state.routes[spec.name] = spec;
  return {};
}

void FakeProxy::drop(State& state, const std::string& name) {
  auto found = state.routes.find(name);
  if (found == state.routes.end()) return;
  for (const auto& target : found->second.targets) state.draining[name].insert(target.name);
  state.routes.erase(found);
}

Status FakeProxy::ensure_running(const RouteTable& table) {
  auto state = state_.lock();
  state->alive = true;
  TRY(ready(*state));
  for (const auto& [name, spec] : table) TRY(route::check_route(spec));
  auto old = state->routes;
  for (const auto& [name, spec] : old)
    if (!table.contains(name)) drop(*state, name);
  for (const auto& [name, spec] : table) TRY(put(*state, spec));
  state->log.push_back("ensure");
  return {};
}

Status FakeProxy::set_route(const RouteSpec& spec) {
  auto state = state_.lock();
  TRY(ready(*state));
  TRY(put(*state, spec));
  state->log.push_back("set " + spec.name + " " + list(spec));
  return {};
}

Status FakeProxy::remove_route(const std::string& name) {
  auto state = state_.lock();
  TRY(ready(*state));
  drop(*state, name);
  state->log.push_back("remove " + name);
  return {};
}

Result<int> FakeProxy::open_sessions(const std::string& route, const std::string& target) {
  auto state = state_.lock();
  if (auto failure = std::exchange(state->failure, std::nullopt)) return fail(*failure);
  auto found = state->sessions.find({route, target});
  return found == state->sessions.end() ? 0 : found->second;
}

Status FakeProxy::release_target(const std::string& route, const std::string& target) {
  auto state = state_.lock();
  if (auto failure = std::exchange(state->failure, std::nullopt)) return fail(*failure);
  auto found = state->routes.find(route);
  if (found != state->routes.end() && names(found->second.targets, target))
    return fail(ErrorCode::conflict, "the target '{}' of {} still takes requests: it was not drained", target, route);
  state->draining[route].erase(target);
  state->sessions.erase({route, target});
  state->log.push_back("release " + route + "/" + target);
  return {};
}

Result<RouteTable> FakeProxy::observe() {
  auto state = state_.lock();
  TRY(ready(*state));
  return state->routes;
}

void FakeProxy::open(const std::string& route, const std::string& target, int sessions) {
  state_.lock()->sessions[{route, target}] += sessions;
}

void FakeProxy::close(const std::string& route, const std::string& target, int sessions) {
  auto state = state_.lock();
  auto& open = state->sessions[{route, target}];
  open = std::max(0, open - sessions);
}

void FakeProxy::die() {
  auto state = state_.lock();
  state->alive = false;
  state->draining.clear();
  state->sessions.clear();
}

void FakeProxy::fail_next(Error error) { state_.lock()->failure = std::move(error); }

std::vector<std::string> FakeProxy::log() { return state_.lock()->log; }

}  // namespace podwright::test
