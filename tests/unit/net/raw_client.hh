// A client that sends exactly the bytes it is told, and reads with a deadline.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "base/clock.hh"
#include "base/fd.hh"

namespace podwright::net {

class RawClient {
 public:
  explicit RawClient(const std::filesystem::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // What has come when `wanted` is in it, the server closed, or the time is over.
  std::string read_until(std::string_view wanted, Millis limit = std::chrono::seconds(5)) {
    auto deadline = Deadline::in(limit);
    while (!closed_ && !deadline.passed() && (wanted.empty() || seen_.find(wanted) == seen_.npos)) {
      pollfd poll{fd_.get(), POLLIN, 0};
      if (::poll(&poll, 1, static_cast<int>(deadline.left().count())) <= 0) continue;
      char buffer[65536];
      auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got <= 0)
        closed_ = true;
      else
        seen_.append(buffer, static_cast<size_t>(got));
    }
    return seen_;
  }

  std::string read_all(Millis limit = std::chrono::seconds(5)) { return read_until("", limit); }
  bool closed() const { return closed_; }  // by the server
  void forget() { seen_.clear(); }

 private:
  Fd fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string seen_;
};

inline std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more) + "\r\n";
}

// Polls a condition; tests never sleep and hope.
template <class Condition>
bool eventually(Condition condition, Millis limit = std::chrono::seconds(5)) {
  for (auto deadline = Deadline::in(limit); !deadline.passed(); ::poll(nullptr, 0, 2))
    if (condition()) return true;
  return condition();
}

}  // namespace podwright::net
