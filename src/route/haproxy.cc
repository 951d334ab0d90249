#include "route/haproxy.hh"

#include <sys/resource.h>

#include <thread>

#include "base/fs.hh"
#include "base/ids.hh"
#include "base/text.hh"
#include "route/free_port.hh"
#include "route/local_home.hh"

namespace podwright::route {

namespace {

constexpr int kPreferredPort = 8080;
constexpr int kRounds = 4;  // observe → plan → apply until nothing is left to do
constexpr Millis kDeleteLimit = std::chrono::milliseconds(500);

long long open_files_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<long long>(limit.rlim_max) : 1024;
}

Result<std::string> kept(const fs::path& file, const std::string& fresh) {
  auto known = read_file(file, 64);
  if (known) return std::string(trim(*known));
  if (known.error().code != ErrorCode::not_found) return known;
  TRY(write_file(file, fresh + "\n", 0600));
  return fresh;
}

Result<std::vector<Bind>> listeners(const HaproxyOptions& options, const fs::path& folder) {
  if (!options.listen.empty()) return options.listen;
  auto known = read_file(folder / "port", 64);
  auto port = known ? parse_integer(trim(*known)).value_or(0) : TRY(free_port(kPreferredPort));
  TRY(kept(folder / "port", std::to_string(port)));
  return std::vector<Bind>{{.address = "127.0.0.1", .port = static_cast<int>(port)}};
}

std::string mark(const Settings& settings) {
  return "podwright " + settings.installation;
}

}  // namespace

Result<std::unique_ptr<Haproxy>> Haproxy::open(HaproxyOptions options) {
  auto folder = options.state_dir / "haproxy";
  TRY(make_directories(folder, 0700));
  Settings settings;
  settings.installation = TRY(kept(folder / "id", random_hex(8)));
  settings.listen = TRY(listeners(options, folder));
  settings.max_connections = connections_within(open_files_limit());
  return std::make_unique<Haproxy>(std::make_unique<LocalHome>(folder, options.program), std::move(settings),
                                   options.slots);
}

Haproxy::Haproxy(std::unique_ptr<ProxyHome> home, Settings settings, int slots) : settings_(std::move(settings)) {
  auto state = state_.lock();
  state->process = std::make_unique<Process>(std::move(home), mark(settings_));
  state->layout.slots = slots;
}

Status Haproxy::ensure_running(const RouteTable& table) {
  auto state = state_.lock();
  TRY(recall_places(*state));
  auto taken = TRY(busy(*state->process));
  auto next = TRY(with_table(state->layout, table, taken));
  state->is_known = true;
  return bring(*state, std::move(next));
}

Status Haproxy::set_route(const RouteSpec& spec) {
  auto state = state_.lock();
  TRY(check_route(spec));
  TRY(learn(*state));
  auto taken = TRY(busy(*state->process));
  auto next = TRY(with_route(state->layout, spec, taken));
  return bring(*state, std::move(next));
}

Status Haproxy::remove_route(const std::string& name) {
  auto state = state_.lock();
  TRY(learn(*state));
  return bring(*state, without_route(state->layout, name));
}

// A route that a proxy had before stays in its slot.
Status Haproxy::recall_places(State& state) {
  if (state.has_places) return {};
  auto routes = state.process->home().read(std::string(kRoutesMap));
  if (!routes && routes.error().code != ErrorCode::not_found) return std::unexpected(std::move(routes).error());
  state.layout.slot_of = parse_routes(routes.value_or(""));
  for (const auto& [name, slot] : state.layout.slot_of)
    while (slot > state.layout.slots) state.layout.slots *= 2;
  state.has_places = true;
  return {};
}

// A change that comes before ensure_running said what there should be: then what is served stays served.
Status Haproxy::learn(State& state) {
  if (state.is_known) return {};
  TRY(recall_places(state));
  auto now = TRY(running(*state.process));
  auto table = table_of(now);
  for (const auto& [slot, name] : now.routes)
    if (table.contains(name)) state.layout.slot_of[name] = slot_number(slot);
  state.layout = TRY(with_table(std::move(state.layout), table, busy_slots(now)));
  state.is_known = true;
  return {};
}

// The files first: whatever happens next, a proxy that starts again serves `next`.
Status Haproxy::bring(State& state, Layout next) {
  auto found = TRY(state.process->find());
  if (found) next.slots = std::max(next.slots, slots_of(found->description));
  state.process->home().bound_log();
  TRY(write_files(state.process->home(), next));
  state.layout = std::move(next);
  if (!found) TRY(state.process->start());
  return converge(state);
}

Status Haproxy::write_files(ProxyHome& home, const Layout& layout) {
  auto config = TRY(render_config(settings_, layout));
  return home.write({{std::string(kRoutesMap), render_routes(layout)},
                     {std::string(kHostsMap), render_hosts(layout)},
                     {std::string(kConfigFile), std::move(config)}});
}

Status Haproxy::converge(State& state) {
  std::string refused;
  for (int round = 0; round < kRounds; ++round) {
    auto now = TRY(running(*state.process));
    auto todo = plan(state.layout, now);
    if (todo.reload) TRY(state.process->reload(description(settings_, state.layout.slots)));
    for (const auto& command : todo.changes) {
      auto answer = TRY(state.process->ask(command));
      auto said = trim(answer);
      if (!said.empty()) refused = fmt::format("'{}' answered '{}'", command, printable(said.substr(0, 200)));
    }
    if (todo.changes.empty() && !todo.reload) {
      for (const auto& command : todo.cleanup) (void)state.process->ask(command);
      return {};
    }
  }
  return fail(ErrorCode::failed, "the proxy does not take its configuration: {}", refused);
}

Result<Running> Haproxy::running(const Process& process) {
  auto info = TRY(process.find());
  if (!info)
    return fail(error(ErrorCode::unavailable, "the proxy does not run").with_hint("the daemon starts it again"));
  Running out;
  out.slots = slots_of(info->description);
  out.hosts = read_map(TRY(process.ask(fmt::format("show map {}", kHostsMap))));
  out.routes = read_map(TRY(process.ask(fmt::format("show map {}", kRoutesMap))));
  out.servers = read_servers(TRY(process.ask("show servers state")));
  return out;
}

Result<std::set<int>> Haproxy::busy(const Process& process) {
  if (!TRY(process.find())) return std::set<int>{};
  return busy_slots(TRY(running(process)));
}

Result<std::string> Haproxy::slot_of(const Process& process, const std::string& route) {
  auto names = read_map(TRY(process.ask(fmt::format("show map {}", kRoutesMap))));
  for (const auto& [slot, name] : names)
    if (name == route) return slot;
  return std::string{};
}

Result<int> Haproxy::open_sessions(const std::string& route, const std::string& target) {
  TRY(check_target_name(target));
  auto state = state_.lock();
  if (!TRY(state->process->find())) return 0;  // its connections went with it
  auto slot = TRY(slot_of(*state->process, route));
  if (slot.empty()) return 0;
  auto question = fmt::format("show stat {} 4 -1", slot);
  auto sessions = read_sessions(TRY(state->process->ask(question)), target);
  for (auto worker : TRY(state->process->old_workers()))
    sessions += read_sessions(state->process->ask_old(worker, question).value_or(""), target);
  return sessions;
}

// A worker that was replaced does not know "shutdown sessions server" any more; its sessions are ended one by one.
Status Haproxy::cut_in_old_workers(const Process& process, const std::string& slot, const std::string& target) {
  for (auto worker : TRY(process.old_workers()))
    for (const auto& id : read_session_ids(process.ask_old(worker, "show sess").value_or(""), slot, target))
      (void)process.ask_old(worker, "shutdown session " + id);
  return {};
}

Status Haproxy::release_target(const std::string& route, const std::string& target) {
  TRY(check_target_name(target));
  auto state = state_.lock();
  if (!TRY(state->process->find())) return {};
  auto slot = TRY(slot_of(*state->process, route));
  if (slot.empty()) return {};
  auto server = slot + "/" + target;
  TRY(cut_in_old_workers(*state->process, slot, target));
  auto now = TRY(running(*state->process)).servers[slot];
  if (!now.contains(target)) return {};
  if (now.at(target).state == ServerState::ready)
    return fail(ErrorCode::conflict, "the target '{}' of {} still takes requests: it was not drained", target, route);
  TRY(state->process->ask(fmt::format("set server {} state maint", server)));
  TRY(state->process->ask(fmt::format("shutdown sessions server {}", server)));
  TRY(state->process->ask(fmt::format("set server {} addr 127.0.0.1 port 1", server)));  // closes its idle connections
  for (auto deadline = Deadline::in(kDeleteLimit); !deadline.passed(); std::this_thread::sleep_for(Millis(5)))
    if (TRY(state->process->ask("del server " + server)).starts_with("Server deleted")) break;
  return converge(*state);  // what could not be deleted yet is deleted by a later change
}

Result<RouteTable> Haproxy::observe() {
  auto state = state_.lock();
  return table_of(TRY(running(*state->process)));
}

int Haproxy::pid() {
  auto info = state_.lock()->process->find();
  return info && *info ? (*info)->pid : 0;
}

Status Haproxy::stop() {
  auto state = state_.lock();
  return state->process->stop();
}

}  // namespace podwright::route
