#include "support/scripted_service.hh"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>

#include "support/must.hh"

namespace podwright::test {

namespace {

Fd listen_on(const std::string& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(fd.get(), 8) == 0);
  return fd;
}

}  // namespace

bool Conversation::fill() {
  char buffer[16384];
  auto got = ::read(fd_.get(), buffer, sizeof buffer);
  if (got > 0) read_.append(buffer, static_cast<size_t>(got));
  return got > 0;
}

std::string Conversation::head() {
  size_t end = 0;
  while ((end = read_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  auto out = read_.substr(0, end);
  read_.erase(0, end + 4);
  return out;
}

std::string Conversation::chunk() {
  size_t end = 0;
  while ((end = read_.find("\r\n")) == std::string::npos)
    if (!fill()) return {};
  auto size = std::strtoul(read_.c_str(), nullptr, 16);
  while (read_.size() < end + 2 + size + 2)
    if (!fill()) return {};
  auto out = read_.substr(end + 2, size);
  read_.erase(0, end + 2 + size + 2);
  return out;
}

void Conversation::answer(int status, const std::string& body) {
  auto text = fmt::format("HTTP/1.1 {} X\r\nLibpod-Api-Version: 4.3.1\r\nContent-Length: {}\r\n\r\n{}", status,
                          body.size(), body);
  (void)::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

void Conversation::wait_for_end() {
  pollfd waiting{.fd = fd_.get(), .events = POLLRDHUP, .revents = 0};
  (void)::poll(&waiting, 1, 30'000);
}

ScriptedService::ScriptedService(Script script)
    : folder_(must(TempDir::make("service"))),
      listener_(listen_on(path())),
      acceptor_([this, script = std::move(script)](std::stop_token stop) {
        std::vector<std::jthread> connections;
        while (!stop.stop_requested()) {
          pollfd waiting{.fd = listener_.get(), .events = POLLIN, .revents = 0};
          if (::poll(&waiting, 1, 20) <= 0) continue;
          Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
          connections.emplace_back([&script, fd = std::move(fd)]() mutable {
            Conversation with(std::move(fd));
            for (auto head = with.head(); !head.empty(); head = with.head()) {
              if (head.starts_with("GET /_ping "))
                with.answer(200, "OK");
              else if (!script(head, with))
                return;
            }
          });
        }
      }) {}

// The clients are gone by then, so every conversation ends.
ScriptedService::~ScriptedService() = default;

}  // namespace podwright::test
