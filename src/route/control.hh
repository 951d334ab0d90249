// ControlSocket: one of HAProxy's command sockets. A connection carries one command; no command holds a value that has
// not passed check_route, so that none can hold a second command.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::route {

// What a path leads to.
enum class SocketKind {
  own,       // HAProxy's socket
  forwarded  // somebody who carries each connection to a host, and ends it without a word when nobody listens there
};

class ControlSocket {
 public:
  // The socket `name` in `folder`; the path may be longer than a socket address can be.
  ControlSocket(std::filesystem::path folder, std::string name, SocketKind kind = SocketKind::own)
      : folder_(std::move(folder)), name_(std::move(name)), kind_(kind) {}

  // The whole answer, at most 16 MiB. Errors: not_found (no proxy listens there), timeout, unavailable (it broke off,
  // or nobody carries us to the host).
  Result<std::string> ask(std::string_view command, Millis limit = std::chrono::seconds(5)) const;

 private:
  std::filesystem::path folder_;
  std::string name_;
  SocketKind kind_;
};

}  // namespace podwright::route
