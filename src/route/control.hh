// ControlSocket: one of HAProxy's command sockets. A connection carries one command; no command holds a value that has
// not passed check_route, so that none can hold a second command.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::route {

class ControlSocket {
 public:
  // The socket `name` in `folder`; the path may be longer than a socket address can be.
  ControlSocket(std::filesystem::path folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}

  // The whole answer, at most 16 MiB; empty when the other side hung up without a word. Errors: not_found (nobody listens
  // there), timeout, unavailable (it broke off).
  Result<std::string> ask(std::string_view command, Millis limit = std::chrono::seconds(5)) const;

 private:
  std::filesystem::path folder_;
  std::string name_;
};

}  // namespace podwright::route
