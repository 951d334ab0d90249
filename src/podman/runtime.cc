#include "podman/runtime.hh"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "base/fd.hh"
#include "base/text.hh"
#include "deploy/plan.hh"
#include "podman/api_error.hh"
#include "podman/environment.hh"
#include "podman/inspect.hh"

namespace podwright::podman {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Millis kSettleLimit = 2s;    // Podman learns of an exit from its monitor within some 50 ms
constexpr Millis kSettleStep = 10ms;
constexpr Millis kKillLimit = 10s;

std::string container(const std::string& name, std::string_view call = "") {
  return fmt::format("/containers/{}{}{}", escaped(name), call.empty() ? "" : "/", call);
}

std::vector<std::string> label_filters(const Labels& labels) {
  std::vector<std::string> out;
  for (const auto& [key, value] : labels) out.push_back(key + "=" + value);
  return out;
}

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

bool exits_within(const Fd& pidfd, Millis limit) {
  if (!pidfd) return true;
  pollfd poll{pidfd.get(), POLLIN, 0};
  return ::poll(&poll, 1, static_cast<int>(limit.count())) > 0;
}

// Not kill(pid, 0), which finds a process that is dead and waits for its parent to look.
bool is_alive(pid_t pid) { return !exits_within(open_pidfd(pid), 0ms); }

json::object labels_json(const Labels& labels) {
  json::object out;
  for (const auto& [key, value] : labels) out[key] = value;
  return out;
}

Result<json::object> as_object(Result<json::value> value) {
  if (!value) return std::unexpected(std::move(value).error());
  if (!value->is_object()) return fail(ErrorCode::unavailable, "Podman answered something unexpected");
  return std::move(value->get_object());
}

Result<json::array> as_array(Result<json::value> value) {
  if (!value) return std::unexpected(std::move(value).error());
  if (value->is_null()) return json::array{};
  if (!value->is_array()) return fail(ErrorCode::unavailable, "Podman answered something unexpected");
  return std::move(value->get_array());
}

bool is(const Status& status, ErrorCode code) { return !status && status.error().code == code; }

Error foreign(std::string_view kind, const std::string& name) {
  return error(ErrorCode::conflict, "the {} '{}' exists and is not ours", kind, printable(name))
      .with_hint("rename or remove it; Podwright touches only what carries its own label");
}

}  // namespace

PodmanRuntime::PodmanRuntime(Client client, std::string installation, Machine machine)
    : client_(std::move(client)), installation_(std::move(installation)), machine_(machine) {}

bool PodmanRuntime::is_gone(const Instance& instance) const {
  return machine_ == Machine::here && instance.state == InstanceState::running && !is_alive(instance.pid);
}

Result<std::string> PodmanRuntime::version() {
  auto version = TRY(client_.ping());
  TRY(check_version(version));
  return version;
}

Result<HostFacts> PodmanRuntime::facts() {
  if (auto known = *facts_.lock()) return *known;
  auto info = TRY(as_object(client_.call_json({.path = "/info"})));
  auto facts = host_facts(info);
  *facts_.lock() = facts;
  return facts;
}

Result<std::vector<std::string>> PodmanRuntime::limits_missing() { return TRY(facts()).limits_missing(); }

bool PodmanRuntime::is_ours(const Labels& labels) const {
  auto found = labels.find(std::string(kLabelInstallation));
  return found != labels.end() && found->second == installation_;
}

Result<json::object> PodmanRuntime::inspected(const std::string& name) {
  return as_object(client_.call_json({.path = container(name, "json")}));
}

Result<json::object> PodmanRuntime::ours(const std::string& name) {
  auto object = TRY(inspected(name));
  if (!is_ours(instance_of(object).labels)) return fail(foreign("container", name));
  return object;
}

// Right after an exit Podman still says "running" until its monitor has told it the exit code; when the monitor is gone
// too, it says so forever.
Result<Instance> PodmanRuntime::settled(const std::string& name, json::object object) {
  auto instance = instance_of(object);
  for (auto limit = Deadline::in(kSettleLimit); is_gone(instance);) {
    if (limit.passed()) {
      instance.state = InstanceState::exited;
      instance.exit_code = 255;
      instance.pid = 0;
      break;
    }
    std::this_thread::sleep_for(kSettleStep);
    auto again = TRY(inspected(name));
    instance = instance_of(again);
  }
  if (machine_ == Machine::elsewhere) instance.pid = 0;
  return instance;
}

Result<Instance> PodmanRuntime::inspect(const std::string& name) { return settled(name, TRY(inspected(name))); }

Result<std::vector<Instance>> PodmanRuntime::list(const Labels& labels) {
  auto listed = TRY(as_array(client_.call_json(
      {.path = "/containers/json", .query = {{"all", "true"}, {"filters", json_filters("label", label_filters(labels))}}})));
  std::vector<Instance> out;
  for (const auto& value : listed) {
    if (!value.is_object()) continue;
    auto instance = instance_of_listed(value.get_object());
    if (is_gone(instance)) {
      auto looked = inspect(instance.name);
      if (!looked && looked.error().code == ErrorCode::not_found) continue;
      instance = TRY(std::move(looked));
    }
    if (machine_ == Machine::elsewhere) instance.pid = 0;
    out.push_back(std::move(instance));
  }
  return out;
}

Result<Instance> PodmanRuntime::existing(const InstanceSpec& spec) {
  auto instance = TRY(inspect(spec.name));
  if (!is_ours(instance.labels)) return fail(foreign("container", spec.name));
  return instance;
}

Result<Instance> PodmanRuntime::create(const InstanceSpec& spec) {
  auto there = existing(spec);
  if (there || there.error().code != ErrorCode::not_found) return there;
  auto host = TRY(facts());
  auto body = TRY(create_spec(spec, host));
  TRY(ensure_network(spec));
  for (const auto& volume : spec.service.volumes) TRY(ensure_volume(spec, volume));
  Request request{.method = "POST", .path = "/containers/create", .body = json::serialize(body), .limit = 60s};
  auto response = TRY(client_.send(request));
  if (response.status >= 300) {
    auto problem = api_error(response.status, response.body, "creating container " + spec.name);
    return problem.code == ErrorCode::conflict ? existing(spec) : fail(std::move(problem));
  }
  auto object = TRY(inspected(spec.name));
  if (auto taken = check_created(spec, object); !taken) {
    (void)remove(spec.name);
    return std::unexpected(taken.error());
  }
  return instance_of(object);
}

Status PodmanRuntime::check_owner(const std::string& path, std::string_view what, std::string_view labels_key) {
  auto object = TRY(as_object(client_.call_json({.path = path})));
  auto found = object_at(object, labels_key).if_contains(kLabelInstallation);
  if (!found || !found->is_string() || found->get_string() != installation_) {
    auto name = string_at(object, "name");
    return fail(foreign(what, name.empty() ? string_at(object, "Name") : name));
  }
  return {};
}

Status PodmanRuntime::ensure_network(const InstanceSpec& spec) {
  auto path = "/networks/" + escaped(spec.network) + "/json";
  auto there = check_owner(path, "network", "labels");
  if (!is(there, ErrorCode::not_found)) return there;
  // isolate: no packets between the networks of different applications.
  json::object body{{"name", spec.network},
                    {"driver", "bridge"},
                    {"labels", labels_json(deploy::app_labels(spec.labels))},
                    {"options", json::object{{"isolate", "true"}}}};
  auto made = client_.call({.method = "POST", .path = "/networks/create", .body = json::serialize(body)});
  if (!made && made.error().code != ErrorCode::conflict) return std::unexpected(std::move(made).error().during("making the network " + spec.network));
  return check_owner(path, "network", "labels");
}

Status PodmanRuntime::ensure_volume(const InstanceSpec& spec, const Volume& volume) {
  auto name = deploy::volume_name(spec.labels, volume);
  auto path = "/volumes/" + escaped(name) + "/json";
  auto there = check_owner(path, "volume", "Labels");
  if (!is(there, ErrorCode::not_found)) return there;
  json::object body{{"Name", name}, {"Labels", labels_json(deploy::app_labels(spec.labels))}};
  auto made = client_.call({.method = "POST", .path = "/volumes/create", .body = json::serialize(body)});
  if (!made && made.error().code != ErrorCode::conflict) return std::unexpected(std::move(made).error().during("making the volume " + name));
  return check_owner(path, "volume", "Labels");
}

Status PodmanRuntime::start(const std::string& name) {
  TRY(ours(name));
  auto response = TRY(client_.send({.method = "POST", .path = container(name, "start"), .limit = 60s}));
  if (response.status >= 300 && response.status != 304) return fail(api_error(response.status, response.body, "starting container " + name));
  return {};
}

Status PodmanRuntime::signal(const std::string& name, const std::string& signal) {
  auto sent = client_.call({.method = "POST", .path = container(name, "kill"), .query = {{"signal", signal}}});
  // It may have ended by itself in between.
  if (!sent && sent.error().code != ErrorCode::conflict && sent.error().code != ErrorCode::not_found) return std::unexpected(std::move(sent).error());
  return {};
}

// Not by Podman's own stop call alone: before 4.4 that holds the container's lock for the whole grace and polls. We send
// the signal, see the exit by pidfd, and let Podman's stop do the clean-up.
Status PodmanRuntime::stop(const std::string& name, Millis grace) {
  auto object = ours(name);
  if (!object) return object.error().code == ErrorCode::not_found ? Status() : std::unexpected(std::move(object).error());
  auto instance = instance_of(*object);
  if (instance.state != InstanceState::running) return {};
  auto pidfd = open_pidfd(instance.pid);
  if (grace > 0ms) TRY(signal(name, stop_signal_of(*object)));
  if (grace == 0ms || !exits_within(pidfd, grace)) TRY(signal(name, "9"));
  if (!exits_within(pidfd, kKillLimit))
    return fail(error(ErrorCode::timeout, "container {} did not end within {} s of SIGKILL", name, kKillLimit / 1s)
                    .with_hint("its process may hang in the kernel; see dmesg"));
  auto stopped = client_.call({.method = "POST", .path = container(name, "stop"), .query = {{"timeout", "1"}}});
  if (!stopped && stopped.error().code != ErrorCode::not_found && stopped.error().code != ErrorCode::conflict)
    return std::unexpected(std::move(stopped).error());
  return {};
}

Status PodmanRuntime::remove(const std::string& name) {
  TRY(stop(name, 0ms));
  for (auto limit = Deadline::in(kKillLimit);;) {
    auto object = ours(name);
    if (!object) return object.error().code == ErrorCode::not_found ? Status() : std::unexpected(std::move(object).error());
    auto id = string_at(*object, "Id");  // not the name: it could be another's by now
    auto gone = client_.call({.method = "DELETE", .path = container(id), .query = {{"force", "true"}, {"v", "true"}}, .limit = 60s});
    if (gone || gone.error().code == ErrorCode::not_found) return {};
    if (limit.passed()) return std::unexpected(std::move(gone).error());
    std::this_thread::sleep_for(50ms);  // its clean-up is under way in another process
  }
}

Status PodmanRuntime::remove_listed(const std::string& kind, const Labels& labels) {
  auto key = kind == "networks" ? "name" : "Name";
  auto listed = TRY(as_array(client_.call_json({.path = "/" + kind + "/json", .query = {{"filters", json_filters("label", label_filters(labels))}}})));
  for (const auto& value : listed) {
    if (!value.is_object()) continue;
    auto name = string_at(value.get_object(), key);
    auto gone = client_.call({.method = "DELETE", .path = "/" + kind + "/" + escaped(name)});
    if (!gone && gone.error().code != ErrorCode::not_found) return std::unexpected(std::move(gone).error());
  }
  return {};
}

Status PodmanRuntime::remove_app(const Labels& labels, bool volumes) {
  if (!is_ours(labels))
    return fail(ErrorCode::internal, "remove_app was called without the label {} of this installation", kLabelInstallation);
  TRY(remove_listed("networks", labels));
  if (volumes) TRY(remove_listed("volumes", labels));
  return {};
}

}  // namespace podwright::podman
