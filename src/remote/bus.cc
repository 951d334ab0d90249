#include "remote/bus.hh"

#include <cstring>

#include "base/text.hh"

namespace podwright::remote {

namespace {

constexpr const char* kSystemd = "org.freedesktop.systemd1";

ErrorCode code_of(std::string_view name, int problem) {
  if (name.ends_with(".NoSuchUnit") || name.ends_with(".UnknownObject")) return ErrorCode::not_found;
  if (name.ends_with(".AccessDenied") || name.ends_with(".InteractiveAuthorizationRequired")) return ErrorCode::denied;
  if (problem == ETIMEDOUT || name.ends_with(".NoReply") || name.ends_with(".Timeout")) return ErrorCode::timeout;
  if (problem == ECONNRESET || problem == ENOTCONN || problem == EPIPE || problem == ECONNREFUSED || problem == ENOENT)
    return ErrorCode::unavailable;
  return ErrorCode::failed;
}

}  // namespace

Error bus_failure(int negative_errno, const sd_bus_error* error, const std::string& what) {
  std::string_view name = error && error->name ? error->name : "";
  auto code = code_of(name, -negative_errno);
  if (code == ErrorCode::unavailable)
    return podwright::error(code, "{} failed: the service manager's bus does not answer", what);
  std::string_view said = error && error->message ? error->message : std::strerror(-negative_errno);
  return podwright::error(code, "{} failed: {}", what, printable(said));
}

Result<Bus> Bus::open(const std::string& socket, Deadline deadline) {
  sd_bus* raw = nullptr;
  if (int status = sd_bus_new(&raw); status < 0) return fail(bus_failure(status, nullptr, "opening the bus"));
  Bus bus(raw, deadline);
  int status = sd_bus_set_address(raw, ("unix:path=" + socket).c_str());
  if (status >= 0) status = sd_bus_set_bus_client(raw, 1);
  if (status >= 0) status = sd_bus_negotiate_fds(raw, 0);  // descriptors do not travel over SSH
  if (status >= 0) status = sd_bus_start(raw);
  if (status < 0) return fail(bus_failure(status, nullptr, "connecting to the service manager"));
  return bus;
}

Result<Message> Bus::method(const std::string& path, const char* interface, const char* member) {
  sd_bus_message* message = nullptr;
  int status = sd_bus_message_new_method_call(bus_.get(), &message, kSystemd, path.c_str(), interface, member);
  if (status < 0) return fail(bus_failure(status, nullptr, member));
  return Message(message);
}

Result<Message> Bus::send(Message message, const std::string& what) {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_message* answer = nullptr;
  auto microseconds = static_cast<uint64_t>(std::max<long>(1, deadline_.left().count())) * 1000;
  int status = sd_bus_call(bus_.get(), message.get(), microseconds, &error, &answer);
  if (status >= 0) return Message(answer);
  auto problem = bus_failure(status, &error, what);
  sd_bus_error_free(&error);
  return fail(std::move(problem));
}

Status Bus::process_some(const std::string& what) {
  int status = sd_bus_process(bus_.get(), nullptr);
  if (status == 0)
    status = sd_bus_wait(bus_.get(), static_cast<uint64_t>(std::min<long>(100, deadline_.left().count() + 1)) * 1000);
  if (status < 0 && status != -EINTR) return fail(bus_failure(status, nullptr, what));
  return {};
}

}  // namespace podwright::remote
