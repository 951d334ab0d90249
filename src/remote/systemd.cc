#include "remote/systemd.hh"

#include <systemd/sd-bus.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.hh"

namespace podwright::remote {

namespace {

using namespace std::chrono_literals;

constexpr auto kService = "org.freedesktop.systemd1";
constexpr auto kPath = "/org/freedesktop/systemd1";
constexpr auto kManager = "org.freedesktop.systemd1.Manager";
constexpr auto kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
constexpr Millis kCallLimit = 15s;
constexpr Millis kReloadLimit = 60s;  // generators run

struct Message {
  sd_bus_message* raw = nullptr;
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { sd_bus_message_unref(raw); }
};

struct BusError {
  sd_bus_error raw = SD_BUS_ERROR_NULL;
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&raw); }
};

// A D-Bus address keeps these as they are; all else is escaped.
std::string address_of(const std::filesystem::path& socket) {
  std::string out = "unix:path=";
  for (char c : socket.native()) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = std::isalnum(byte) != 0 || std::string_view("-_/.*").contains(c);
    out += plain ? std::string(1, c) : fmt::format("%{:02x}", byte);
  }
  return out;
}

Error failure(int problem, std::string_view what, const BusError* said = nullptr) {
  if (said && said->raw.name) {
    auto code = std::strcmp(said->raw.name, kNoSuchUnit) == 0 ? ErrorCode::not_found : ErrorCode::failed;
    return error(code, "{}: {}", what, printable(said->raw.message ? said->raw.message : said->raw.name));
  }
  auto code = problem == -ETIMEDOUT ? ErrorCode::timeout : ErrorCode::unavailable;
  return error(code, "{}: systemd does not answer: {}", what, std::strerror(-problem));
}

// One connection to a bus.
class Bus {
 public:
  static Result<Bus> open(const std::filesystem::path& socket) {
    sd_bus* raw = nullptr;
    if (int done = sd_bus_new(&raw); done < 0) return fail(failure(done, "connecting"));
    Bus bus(raw);
    auto address = address_of(socket);
    int done = sd_bus_set_address(raw, address.c_str());
    if (done >= 0) done = sd_bus_set_bus_client(raw, 1);
    if (done >= 0) done = sd_bus_set_method_call_timeout(raw, static_cast<uint64_t>(std::chrono::microseconds(kCallLimit).count()));
    if (done >= 0) done = sd_bus_start(raw);
    if (done < 0) return fail(failure(done, "connecting"));
    return bus;
  }

  sd_bus* get() const { return raw_.get(); }

  // Calls a method of the manager. `append` adds its arguments to the message.
  template <class Append>
  Status call(const char* method, Message& answer, Millis limit, const Append& append) const {
    Message call;
    int done = sd_bus_message_new_method_call(get(), &call.raw, kService, kPath, kManager, method);
    if (done >= 0) done = append(call.raw);
    if (done < 0) return fail(failure(done, method));
    BusError said;
    done = sd_bus_call(get(), call.raw, static_cast<uint64_t>(std::chrono::microseconds(limit).count()), &said.raw, &answer.raw);
    if (done < 0) return fail(failure(done, method, &said));
    return {};
  }

  Result<std::string> text(const std::string& path, const char* interface, const char* property) const {
    BusError said;
    char* value = nullptr;
    int done = sd_bus_get_property_string(get(), kService, path.c_str(), interface, property, &said.raw, &value);
    if (done < 0) return fail(failure(done, property, &said));
    std::string out(value);
    std::free(value);
    return out;
  }

  // 0 where the unit is no service.
  int number(const std::string& path, const char* property, char type) const {
    BusError said;
    int value = 0;
    (void)sd_bus_get_property_trivial(get(), kService, path.c_str(), "org.freedesktop.systemd1.Service", property, &said.raw, type, &value);
    return value;
  }

 private:
  struct Close {
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
  };
  explicit Bus(sd_bus* raw) : raw_(raw) {}
  std::unique_ptr<sd_bus, Close> raw_;
};

// Waits for the end of one job of systemd.
class JobWatch {
 public:
  explicit JobWatch(const Bus& bus) : bus_(bus) {}
  ~JobWatch() { sd_bus_slot_unref(slot_); }
  JobWatch(const JobWatch&) = delete;
  JobWatch& operator=(const JobWatch&) = delete;

  // Must come before the job is asked for: it may end at once.
  Status listen() {
    int done = sd_bus_match_signal(bus_.get(), &slot_, kService, kPath, kManager, "JobRemoved", on_removed, this);
    if (done < 0) return fail(failure(done, "JobRemoved"));
    Message ignored;
    return bus_.call("Subscribe", ignored, kCallLimit, [](sd_bus_message*) { return 0; });
  }

  // "done", "failed", "dependency", "timeout", "canceled", "skipped".
  Result<std::string> result_of(const std::string& job, Millis limit) {
    for (auto deadline = Deadline::in(limit);;) {
      for (const auto& [path, result] : ended_)
        if (path == job) return result;
      if (deadline.passed()) return fail(ErrorCode::timeout, "systemd did not finish the job within {} ms", limit.count());
      int done = sd_bus_process(bus_.get(), nullptr);
      if (done == 0) done = sd_bus_wait(bus_.get(), static_cast<uint64_t>(std::chrono::microseconds(deadline.left()).count()));
      if (done < 0 && done != -EINTR) return fail(failure(done, "waiting for a job"));
    }
  }

 private:
  static int on_removed(sd_bus_message* message, void* self, sd_bus_error*) {
    uint32_t id = 0;
    const char *job = nullptr, *unit = nullptr, *result = nullptr;
    if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0)
      static_cast<JobWatch*>(self)->ended_.emplace_back(job, result);
    return 0;
  }

  const Bus& bus_;
  sd_bus_slot* slot_ = nullptr;
  std::vector<std::pair<std::string, std::string>> ended_;
};

Status run_job(const std::filesystem::path& socket, const char* method, const std::string& unit, Millis limit) {
  auto bus = TRY(Bus::open(socket));
  JobWatch watch(bus);
  TRY(watch.listen());
  Message answer;
  TRY(bus.call(method, answer, kCallLimit, [&](sd_bus_message* call) { return sd_bus_message_append(call, "ss", unit.c_str(), "replace"); }));
  const char* job = nullptr;
  if (int done = sd_bus_message_read(answer.raw, "o", &job); done < 0) return fail(failure(done, method));
  auto result = TRY(watch.result_of(job, limit));
  if (result == "done") return {};
  return fail(error(ErrorCode::failed, "systemd could not {} {}: {}", std::strcmp(method, "StopUnit") == 0 ? "stop" : "start", unit, printable(result)));
}

int append_names(sd_bus_message* call, const std::vector<std::string>& units) {
  int done = sd_bus_message_open_container(call, 'a', "s");
  for (const auto& unit : units)
    if (done >= 0) done = sd_bus_message_append(call, "s", unit.c_str());
  return done >= 0 ? sd_bus_message_close_container(call) : done;
}

}  // namespace

Status Systemd::daemon_reload() {
  auto bus = TRY(Bus::open(socket_));
  Message answer;
  return bus.call("Reload", answer, kReloadLimit, [](sd_bus_message*) { return 0; });
}

Status Systemd::start(const std::string& unit, Millis limit) { return run_job(socket_, "StartUnit", unit, limit); }

Status Systemd::stop(const std::string& unit, Millis limit) {
  auto stopped = run_job(socket_, "StopUnit", unit, limit);
  if (!stopped && stopped.error().code == ErrorCode::not_found) return {};
  return stopped;
}

Result<UnitState> Systemd::state(const std::string& unit) {
  auto bus = TRY(Bus::open(socket_));
  Message answer;
  TRY(bus.call("LoadUnit", answer, kCallLimit, [&](sd_bus_message* call) { return sd_bus_message_append(call, "s", unit.c_str()); }));
  const char* raw = nullptr;
  if (int done = sd_bus_message_read(answer.raw, "o", &raw); done < 0) return fail(failure(done, "LoadUnit"));
  std::string path(raw);
  constexpr auto kUnit = "org.freedesktop.systemd1.Unit";
  UnitState state{.load = TRY(bus.text(path, kUnit, "LoadState")), .active = TRY(bus.text(path, kUnit, "ActiveState")), .sub = TRY(bus.text(path, kUnit, "SubState")), .result = {}};
  if (!unit.ends_with(".service") || state.load != "loaded") return state;
  state.result = TRY(bus.text(path, "org.freedesktop.systemd1.Service", "Result"));
  state.exit_status = bus.number(path, "ExecMainStatus", 'i');
  state.restarts = bus.number(path, "NRestarts", 'u');
  return state;
}

Status Systemd::reset_failed(const std::string& unit) {
  auto bus = TRY(Bus::open(socket_));
  Message answer;
  auto reset = bus.call("ResetFailedUnit", answer, kCallLimit, [&](sd_bus_message* call) { return sd_bus_message_append(call, "s", unit.c_str()); });
  if (!reset && reset.error().code == ErrorCode::not_found) return {};
  return reset;
}

Status Systemd::enable(const std::vector<std::string>& units) {
  auto bus = TRY(Bus::open(socket_));
  Message answer;
  return bus.call("EnableUnitFiles", answer, kCallLimit, [&](sd_bus_message* call) {
    int done = append_names(call, units);
    return done >= 0 ? sd_bus_message_append(call, "bb", 0, 1) : done;
  });
}

Status Systemd::disable(const std::vector<std::string>& units) {
  auto bus = TRY(Bus::open(socket_));
  Message answer;
  return bus.call("DisableUnitFiles", answer, kCallLimit, [&](sd_bus_message* call) {
    int done = append_names(call, units);
    return done >= 0 ? sd_bus_message_append(call, "b", 0) : done;
  });
}

}  // namespace podwright::remote
