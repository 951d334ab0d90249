#include "host/runtime.hh"

#include <algorithm>

#include "base/log.hh"
#include "base/text.hh"
#include "deploy/plan.hh"
#include "host/install.hh"
#include "host/scripts.hh"
#include "podman/secrets.hh"

namespace podwright::host {

namespace {

using namespace std::chrono_literals;

constexpr Millis kStartLimit = 90s;   // of the job: a Quadlet's network and volume services come first
constexpr Millis kStopSlack = 30s;    // on top of an instance's own grace
constexpr Millis kFollowLimit = 24h;  // of a followed journal; the caller's stop token ends it sooner

bool carries(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& label) { return deploy::label_of(labels, label.first) == label.second; });
}

const InstalledUnit* unit_of(const std::vector<InstalledUnit>& units, const std::string& instance) {
  auto found = std::ranges::find_if(units, [&](const InstalledUnit& unit) { return unit.instance() == instance; });
  return found == units.end() ? nullptr : &*found;
}

// As far as a unit alone tells: it is there and does not run.
Instance at_rest(const InstalledUnit& unit) {
  return {.id = {},
          .name = unit.instance(),
          .state = InstanceState::created,
          .image_id = {},
          .labels = unit.header.labels,
          .host_port = unit.header.host_port};
}

std::string service_of(const std::string& instance) { return instance + ".service"; }

// The service of a file of a network or a volume: "a.network" makes "a-network.service".
std::string resource_service(const std::string& file) {
  if (file.ends_with(".service")) return file;
  auto dot = file.rfind('.');
  return file.substr(0, dot) + "-" + file.substr(dot + 1) + ".service";
}

}  // namespace

Result<std::string> HostRuntime::version() { return TRY(connection_.server())->containers.version(); }

Result<std::vector<InstalledUnit>> HostRuntime::survey() {
  auto printed = TRY(connection_.link().run_script_ok({.text = kSurveyScript, .args = {installation()}}));
  return read_survey(printed, installation());
}

Result<Instance> HostRuntime::create(const InstanceSpec& spec) {
  auto server = TRY(connection_.server());
  if (spec.one_off) {
    one_offs_.lock()->insert(spec.name);
    return server->containers.create(spec);
  }
  auto installed = TRY(survey());
  if (const auto* there = unit_of(installed, spec.name)) return at_rest(*there);
  auto unit = TRY(unit_spec(spec, installed));
  TRY(store_secrets(*server, spec, unit));
  auto files = TRY(units::emit(unit, server->target));
  for (const auto& loss : files.losses) log::warn("{}: {}: {}", connection_.host().name, loss.field, printable(loss.reason));
  TRY(install_units(connection_, *server, files));
  Instance made{.id = {}, .name = spec.name, .state = InstanceState::created, .image_id = {}, .labels = spec.labels};
  made.host_port = unit.host_port;
  return made;
}

// The port is fixed, so that the proxy's configuration stays right over a reboot.
Result<units::UnitSpec> HostRuntime::unit_spec(const InstanceSpec& spec, const std::vector<InstalledUnit>& installed) {
  units::UnitSpec unit{.instance = spec, .secret_env = {}};
  for (const auto& key : spec.service.secret_env) {
    unit.secret_env[key] = secret_prefix(spec.labels) + key;
    unit.instance.service.env.erase(key);
  }
  if (spec.service.port == 0) return unit;
  auto taken = read_taken_ports(TRY(connection_.link().run_script_ok({.text = kPortsScript})));
  for (const auto& other : installed) taken.insert(other.header.host_port);
  unit.host_port = TRY(choose_port(spec.name, taken));
  return unit;
}

Status HostRuntime::store_secrets(Server& server, const InstanceSpec& spec, const units::UnitSpec& unit) {
  for (const auto& [key, name] : unit.secret_env)
    if (auto value = spec.service.env.find(key); value != spec.service.env.end()) TRY(podman::put_secret(server.client, name, value->second));
  return {};
}

// A command that ends at once makes systemd's job fail; the gate then says more about it than systemd does.
Status HostRuntime::start(const std::string& name) {
  auto server = TRY(connection_.server());
  if (is_one_off(name)) return server->containers.start(name);
  auto started = server->systemd.start(service_of(name), kStartLimit);
  if (!started && started.error().code == ErrorCode::failed) return explain_start(*server, name, std::move(started).error());
  return started;
}

Status HostRuntime::explain_start(Server& server, const std::string& name, Error problem) {
  auto state = TRY(server.systemd.state(service_of(name)));
  bool ran = state.result == "exit-code" || state.result == "signal" || state.result == "oom-kill" || state.result == "success";
  if (ran && state.exec_status != 125 && state.exec_status != 126) return {};  // 125, 126: Podman itself could not
  auto journal = connection_.link().run_script({.text = kUnitJournalScript, .args = {service_of(name)}});
  if (journal)
    for (auto line : split_lines(trim(journal->out))) problem.message += "\n  | " + printable(line);
  return fail(std::move(problem));
}

Status HostRuntime::stop(const std::string& name, Millis grace) {
  auto server = TRY(connection_.server());
  if (is_one_off(name)) return server->containers.stop(name, grace);
  return server->systemd.stop(service_of(name), grace + kStopSlack);
}

Status HostRuntime::remove(const std::string& name) {
  auto server = TRY(connection_.server());
  if (one_offs_.lock()->erase(name) != 0) return server->containers.remove(name);
  auto installed = TRY(survey());
  const auto* unit = unit_of(installed, name);
  if (unit) {
    TRY(server->systemd.stop(service_of(name), kStopSlack));
    TRY(remove_units(connection_, *server, {unit->file}));
    TRY(server->systemd.reset_failed(service_of(name)));
  }
  TRY(server->containers.remove(name));  // of a unit that was removed by hand
  if (unit) TRY(forget_secrets(*server, unit->header.labels, installed, name));
  return {};
}

// The secrets of a release go with its last instance.
Status HostRuntime::forget_secrets(Server& server, const Labels& labels, const std::vector<InstalledUnit>& installed, const std::string& removed) {
  auto prefix = secret_prefix(labels);
  for (const auto& other : installed)
    if (!other.instance().empty() && other.instance() != removed && secret_prefix(other.header.labels) == prefix) return {};
  for (const auto& name : TRY(podman::secret_names(server.client, prefix))) TRY(podman::remove_secret(server.client, name));
  return {};
}

Result<Instance> HostRuntime::inspect(const std::string& name) {
  auto server = TRY(connection_.server());
  auto found = server->containers.inspect(name);
  if (!found && found.error().code != ErrorCode::not_found) return found;
  if (found && found->state == InstanceState::running && found->host_port != 0) {
    auto endpoint = TRY(connection_.link().forward_port(found->host_port));
    found->socket = endpoint.socket;
  }
  if (found || is_one_off(name)) return found;
  auto installed = TRY(survey());  // systemd removes the container of a unit that ended
  const auto* unit = unit_of(installed, name);
  if (!unit) return found;
  auto state = TRY(server->systemd.state(service_of(name)));
  auto instance = at_rest(*unit);
  bool has_run = state.active == "failed" || state.sub == "auto-restart" || state.restarts > 0;
  if (has_run) instance.state = InstanceState::exited;
  instance.exit_code = state.exec_status;
  instance.oom_killed = state.result == "oom-kill";
  return instance;
}

Result<std::vector<Instance>> HostRuntime::list(const Labels& labels) {
  auto server = TRY(connection_.server());
  auto installed = TRY(survey());
  auto all = TRY(server->containers.list(labels));
  for (const auto& unit : installed) {
    bool listed = std::ranges::any_of(all, [&](const Instance& instance) { return instance.name == unit.instance(); });
    if (!unit.instance().empty() && !listed && carries(unit.header.labels, labels)) all.push_back(at_rest(unit));
  }
  return all;
}

Status HostRuntime::logs(const std::string& name, const LogOptions& options, const LogSink& sink, std::stop_token stop) {
  if (is_one_off(name)) return TRY(connection_.server())->containers.logs(name, options, sink, stop);
  std::stop_source enough;  // the sink has had enough, or the caller
  std::stop_callback forward(stop, [&] { enough.request_stop(); });
  remote::Script script{.text = kJournalScript,
                        .args = {name, options.follow ? "follow" : "", options.tail ? std::to_string(*options.tail) : "all",
                                 options.since_s ? std::to_string(*options.since_s) : "", options.timestamps ? "short-iso" : "cat"},
                        .limit = options.follow ? kFollowLimit : Millis(60s)};
  auto done = connection_.link().run_script(script, enough.get_token(), [&](std::string_view chunk) {
    if (!enough.stop_requested() && !sink(chunk)) enough.request_stop();
  });
  if (!done && done.error().code == ErrorCode::cancelled && !stop.stop_requested()) return {};
  if (!done) return std::unexpected(done.error());
  if (done->exit_code != 0) return fail(ErrorCode::failed, "{}: the journal cannot be read: {}", connection_.host().name, printable(trim(done->err)));
  return {};
}

Result<ExecResult> HostRuntime::exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) {
  return TRY(connection_.server())->containers.exec(name, argv, limit);
}

Result<ImageInfo> HostRuntime::image(const std::string& reference) { return TRY(connection_.server())->containers.image(reference); }
Result<std::vector<ImageInfo>> HostRuntime::images(const Labels& labels) { return TRY(connection_.server())->containers.images(labels); }
Status HostRuntime::remove_image(const std::string& id) { return TRY(connection_.server())->containers.remove_image(id); }

Status HostRuntime::remove_app(const Labels& labels, bool volumes) {
  auto server = TRY(connection_.server());
  std::vector<std::string> files;
  for (const auto& unit : TRY(survey()))
    if (unit.instance().empty() && carries(unit.header.labels, labels)) files.push_back(unit.file);
  for (const auto& file : files) TRY(server->systemd.stop(resource_service(file), kStopSlack));
  TRY(remove_units(connection_, *server, files));
  return server->containers.remove_app(labels, volumes);
}

}  // namespace podwright::host
