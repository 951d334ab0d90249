#include "route/haproxy.hh"

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

Result<Running> must_run(const std::optional<Running>& seen) {
  if (seen) return *seen;
  return fail(error(ErrorCode::unavailable, "the proxy does not run").with_hint("the daemon starts it again"));
}

std::set<int> busy(const std::optional<Running>& seen) {
  return seen ? busy_slots(*seen) : std::set<int>{};
}

std::string slot_with(const std::map<std::string, std::string>& routes, const std::string& name) {
  for (const auto& [slot, route] : routes)
    if (route == name) return slot;
  return {};
}

// A worker that was replaced does not know "shutdown sessions server" any more; its sessions are ended one by one.
Status cut_in_old_workers(const Process& process, const std::string& slot, const std::string& target) {
  for (auto worker : TRY(process.old_workers()))
    for (const auto& id : read_session_ids(process.ask_old(worker, "show sess").value_or(""), slot, target))
      (void)process.ask_old(worker, "shutdown session " + id);
  return {};
}

// What cannot be deleted yet is deleted by a later change.
Status remove_server(const Process& process, const std::string& server) {
  TRY(process.ask_each({fmt::format("set server {} state maint", server),
                        fmt::format("shutdown sessions server {}", server),
                        fmt::format("set server {} addr 127.0.0.1 port 1", server)}));  // closes its idle connections
  for (auto deadline = Deadline::in(kDeleteLimit); !deadline.passed(); std::this_thread::sleep_for(Millis(5)))
    if (TRY(process.ask("del server " + server)).starts_with("Server deleted")) break;
  return {};
}

}  // namespace

Result<std::unique_ptr<Haproxy>> Haproxy::open(HaproxyOptions options) {
  auto folder = options.state_dir / "haproxy";
  TRY(make_directories(folder, 0700));
  Settings settings;
  settings.installation = TRY(kept(folder / "id", random_hex(8)));
  settings.listen = TRY(listeners(options, folder));
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
  auto now = TRY(state->process->look());
  auto next = TRY(with_table(state->layout, table, busy(now)));
  state->is_known = true;
  return bring(*state, std::move(now), std::move(next));
}

Status Haproxy::set_route(const RouteSpec& spec) {
  TRY(check_route(spec));
  auto state = state_.lock();
  auto now = TRY(state->process->look());
  TRY(learn(*state, now));
  auto next = TRY(with_route(state->layout, spec, busy(now)));
  return bring(*state, std::move(now), std::move(next));
}

Status Haproxy::remove_route(const std::string& name) {
  auto state = state_.lock();
  auto now = TRY(state->process->look());
  TRY(learn(*state, now));
  return bring(*state, std::move(now), without_route(state->layout, name));
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
Status Haproxy::learn(State& state, const Seen& now) {
  if (state.is_known) return {};
  auto running = TRY(must_run(now));
  TRY(recall_places(state));
  auto table = table_of(running);
  for (const auto& [slot, name] : running.routes)
    if (table.contains(name)) state.layout.slot_of[name] = slot_number(slot);
  state.layout = TRY(with_table(std::move(state.layout), table, busy_slots(running)));
  state.is_known = true;
  return {};
}

// The files first: whatever happens next, a proxy that starts again serves `next`.
Status Haproxy::bring(State& state, Seen now, Layout next) {
  if (now) next.slots = std::max(next.slots, now->slots);
  state.process->home().bound_log();
  TRY(write_files(state.process->home(), next));
  state.layout = std::move(next);
  if (!now) {
    TRY(state.process->start());
    now = TRY(state.process->look());
  }
  return converge(state, TRY(must_run(now)));
}

Status Haproxy::write_files(ProxyHome& home, const Layout& layout) {
  auto config = TRY(render_config(settings_, layout));
  return home.write({{std::string(kRoutesMap), render_routes(layout)},
                     {std::string(kHostsMap), render_hosts(layout)},
                     {std::string(kConfigFile), std::move(config)}});
}

Status Haproxy::converge(State& state, Running now) {
  std::string refused;
  for (int round = 0; round < kRounds; ++round) {
    auto todo = plan(state.layout, now);
    if (todo.reload) TRY(state.process->reload(description(settings_, state.layout.slots)));
    auto answers = TRY(state.process->ask_each(todo.changes));
    for (size_t i = 0; i < answers.size(); ++i)
      if (auto said = trim(answers[i]); !said.empty())
        refused = fmt::format("'{}' answered '{}'", todo.changes[i], printable(said.substr(0, 200)));
    if (todo.changes.empty() && !todo.reload) {
      for (const auto& command : todo.cleanup) (void)state.process->ask(command);
      return {};
    }
    now = TRY(must_run(TRY(state.process->look())));
  }
  return fail(ErrorCode::failed, "the proxy does not take its configuration: {}", refused);
}

Result<int> Haproxy::open_sessions(const std::string& route, const std::string& target) {
  TRY(check_target_name(target));
  auto state = state_.lock();
  const auto& process = *state->process;
  const std::string all_servers = "show stat -1 4 -1";
  auto answers = process.ask_each({"show info", fmt::format("show map {}", kRoutesMap), all_servers});
  if (!answers && answers.error().code == ErrorCode::not_found) return 0;  // its connections went with it
  auto said = TRY(std::move(answers));
  TRY(process.recognise(said[0]));
  auto slot = slot_with(read_map(said[1]), route);
  if (slot.empty()) return 0;
  auto sessions = read_sessions(said[2], slot, target);
  for (auto worker : TRY(process.old_workers()))
    sessions += read_sessions(process.ask_old(worker, all_servers).value_or(""), slot, target);
  return sessions;
}

Status Haproxy::release_target(const std::string& route, const std::string& target) {
  TRY(check_target_name(target));
  auto state = state_.lock();
  const auto& process = *state->process;
  auto now = TRY(process.look());
  auto slot = now ? slot_with(now->routes, route) : std::string();
  if (slot.empty()) return {};
  TRY(cut_in_old_workers(process, slot, target));
  const auto& servers = now->servers[slot];
  auto found = servers.find(target);
  if (found == servers.end()) return {};
  if (found->second.state == ServerState::ready)
    return fail(ErrorCode::conflict, "the target '{}' of {} still takes requests: it was not drained", target, route);
  TRY(remove_server(process, slot + "/" + target));
  return converge(*state, TRY(must_run(TRY(process.look()))));
}

Result<RouteTable> Haproxy::observe() {
  auto state = state_.lock();
  return table_of(TRY(must_run(TRY(state->process->look()))));
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
