#include "remote/systemd.hh"

#include <functional>

#include "base/text.hh"
#include "remote/bus.hh"
#include "remote/unit_properties.hh"

namespace podwright::remote {

namespace {

constexpr const char* kManager = "/org/freedesktop/systemd1";
constexpr const char* kManagerInterface = "org.freedesktop.systemd1.Manager";
constexpr Millis kShort = std::chrono::seconds(10);

int no_arguments(sd_bus_message*) {
  return 0;
}

int append_texts(sd_bus_message* message, const std::vector<std::string>& texts) {
  int status = sd_bus_message_open_container(message, 'a', "s");
  for (const auto& text : texts)
    if (status >= 0) status = sd_bus_message_append(message, "s", text.c_str());
  return status < 0 ? status : sd_bus_message_close_container(message);
}

// The jobs that ended, by path, with systemd's word for how.
struct EndedJobs {
  std::vector<std::pair<std::string, std::string>> ended;

  static int on_removed(sd_bus_message* message, void* self, sd_bus_error*) {
    const char *job = nullptr, *unit = nullptr, *result = nullptr;
    if (sd_bus_message_read(message, "uoss", nullptr, &job, &unit, &result) >= 0)
      static_cast<EndedJobs*>(self)->ended.emplace_back(job, result);
    return 0;
  }

  const std::string* result_of(const std::string& job) const {
    for (const auto& [path, result] : ended)
      if (path == job) return &result;
    return nullptr;
  }
};

Result<UnitState> read_state(Bus& bus, const std::string& unit) {
  char* path = nullptr;
  if (int status = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path); status < 0)
    return fail(ErrorCode::invalid, "'{}' is no name of a unit", printable(unit));
  std::string owned = path;
  ::free(path);
  // No interface: the properties of all of them, in one answer.
  auto answer = TRY(bus.call(owned, "org.freedesktop.DBus.Properties", "GetAll", "looking at " + unit,
                             [](sd_bus_message* message) { return sd_bus_message_append(message, "s", ""); }));
  auto state = TRY(read_properties(answer.get()));
  state.name = unit;
  return state;
}

Error job_failure(Bus& bus, const std::string& unit, const std::string& what, const std::string& result) {
  auto problem = error(ErrorCode::failed, "{} failed: {}", what, result);
  auto state = read_state(bus, unit);
  if (!state) return problem;
  if (state->load != "loaded") problem.message += fmt::format(", the unit is {}", state->load);
  if (!state->result.empty() && state->result != "success")
    problem.message += fmt::format(", {} (status {})", state->result, state->exec_status);
  return std::move(problem).with_hint("journalctl -u " + unit);
}

Status run_job(const std::string& socket, const char* member, const std::string& unit, const std::string& what,
               Millis limit, std::stop_token stop) {
  auto bus = TRY(Bus::open(socket, Deadline::in(limit)));
  EndedJobs jobs;
  sd_bus_match_signal(bus.get(), nullptr, "org.freedesktop.systemd1", kManager, kManagerInterface, "JobRemoved",
                      EndedJobs::on_removed, &jobs);
  auto answer = TRY(bus.call(kManager, kManagerInterface, member, what, [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", unit.c_str(), "replace");
  }));
  const char* path = nullptr;
  if (int status = sd_bus_message_read(answer.get(), "o", &path); status < 0)
    return fail(bus_failure(status, nullptr, what));
  std::string job = path;
  TRY(bus.wait_until([&] { return jobs.result_of(job) != nullptr; }, stop, what));
  if (const auto& result = *jobs.result_of(job); result != "done") return fail(job_failure(bus, unit, what, result));
  return {};
}

// A call without an answer that matters.
Status simple_call(const std::string& socket, const char* member, const std::string& what, Millis limit,
                   const std::function<int(sd_bus_message*)>& fill = no_arguments) {
  auto bus = TRY(Bus::open(socket, Deadline::in(limit)));
  TRY(bus.call(kManager, kManagerInterface, member, what, fill));
  return {};
}

Status success_if_missing(Status status) {
  if (!status && status.error().code == ErrorCode::not_found) return {};
  return status;
}

}  // namespace

Status Systemd::daemon_reload(Millis limit) {
  return simple_call(bus_socket_, "Reload", "reloading units", limit);
}

Status Systemd::start(const std::string& unit, Millis limit, std::stop_token stop) {
  return run_job(bus_socket_, "StartUnit", unit, "starting " + unit, limit, stop);
}

Status Systemd::restart(const std::string& unit, Millis limit, std::stop_token stop) {
  return run_job(bus_socket_, "RestartUnit", unit, "restarting " + unit, limit, stop);
}

Status Systemd::stop(const std::string& unit, Millis limit, std::stop_token stop) {
  return success_if_missing(run_job(bus_socket_, "StopUnit", unit, "stopping " + unit, limit, stop));
}

Status Systemd::reset_failed(const std::string& unit) {
  return success_if_missing(
      simple_call(bus_socket_, "ResetFailedUnit", "resetting " + unit, kShort,
                  [&](sd_bus_message* message) { return sd_bus_message_append(message, "s", unit.c_str()); }));
}

Status Systemd::enable(const std::vector<std::string>& units) {
  TRY(simple_call(
      bus_socket_, "EnableUnitFiles", "enabling " + join(units, ", "), kShort, [&](sd_bus_message* message) {
        int status = append_texts(message, units);
        return status < 0 ? status : sd_bus_message_append(message, "bb", 0, 1);  // for good, replacing old links
      }));
  return daemon_reload();
}

Status Systemd::disable(const std::vector<std::string>& units) {
  TRY(simple_call(bus_socket_, "DisableUnitFiles", "disabling " + join(units, ", "), kShort,
                  [&](sd_bus_message* message) {
                    int status = append_texts(message, units);
                    return status < 0 ? status : sd_bus_message_append(message, "b", 0);
                  }));
  return daemon_reload();
}

Result<UnitState> Systemd::state(const std::string& unit) {
  auto bus = TRY(Bus::open(bus_socket_, Deadline::in(kShort)));
  return read_state(bus, unit);
}

Result<std::vector<UnitState>> Systemd::list(const std::vector<std::string>& patterns) {
  auto bus = TRY(Bus::open(bus_socket_, Deadline::in(kShort)));
  auto answer =
      TRY(bus.call(kManager, kManagerInterface, "ListUnitsByPatterns", "listing units", [&](sd_bus_message* message) {
        int status = append_texts(message, {});
        return status < 0 ? status : append_texts(message, patterns);
      }));
  return read_unit_list(answer.get());
}

Result<std::string> Systemd::version() {
  auto bus = TRY(Bus::open(bus_socket_, Deadline::in(kShort)));
  auto answer = TRY(bus.call(
      kManager, "org.freedesktop.DBus.Properties", "Get", "asking the service manager",
      [](sd_bus_message* message) { return sd_bus_message_append(message, "ss", kManagerInterface, "Version"); }));
  const char* text = nullptr;
  if (int status = sd_bus_message_read(answer.get(), "v", "s", &text); status < 0)
    return fail(bus_failure(status, nullptr, "asking the service manager"));
  return std::string(text);
}

}  // namespace podwright::remote
