// Bus: one connection to a D-Bus daemon through a unix socket, for one thread. Included by remote/*.cc only.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::remote {

struct MessageUnref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageUnref>;

// An error of sd-bus as ours: by the D-Bus error's name where there is one, else by errno.
Error bus_failure(int negative_errno, const sd_bus_error* error, const std::string& what);

class Bus {
 public:
  static Result<Bus> open(const std::string& socket, Deadline deadline);

  // A call to org.freedesktop.systemd1. `fill` appends the arguments and answers sd-bus's status; the answer is read
  // from the message. `what` names the call for a person: "starting pw-shop.service".
  template <class Fill>
  Result<Message> call(const std::string& path, const char* interface, const char* member, const std::string& what,
                       const Fill& fill) {
    auto message = TRY(method(path, interface, member));
    if (int status = fill(message.get()); status < 0) return fail(bus_failure(status, nullptr, what));
    return send(std::move(message), what);
  }

  sd_bus* get() const { return bus_.get(); }

  // Handles what comes until `done` answers true. Errors: timeout, cancelled, unavailable.
  template <class Done>
  Status wait_until(const Done& done, std::stop_token stop, const std::string& what) {
    while (!done()) {
      if (stop.stop_requested()) return fail(ErrorCode::cancelled, "{} was cancelled", what);
      if (deadline_.passed()) return fail(ErrorCode::timeout, "{} takes too long", what);
      TRY(process_some(what));
    }
    return {};
  }

 private:
  struct BusClose {
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
  };

  Bus(sd_bus* bus, Deadline deadline) : bus_(bus), deadline_(deadline) {}
  Result<Message> method(const std::string& path, const char* interface, const char* member);
  Result<Message> send(Message message, const std::string& what);
  Status process_some(const std::string& what);

  std::unique_ptr<sd_bus, BusClose> bus_;
  Deadline deadline_;
};

}  // namespace podwright::remote
