#include "health/probe.hh"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "base/fd.hh"
#include "health/listening.hh"

using namespace podwright;
using namespace std::chrono_literals;

namespace {

// A listener on a free port of 127.0.0.1 that treats every connection in the given way, on a thread of its own.
class Listener {
 public:
  using Treat = std::function<void(int client, const std::string& request)>;

  explicit Listener(Treat treat, bool reads = true) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_.get(), 8) == 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ =
        std::jthread([this, treat = std::move(treat), reads](std::stop_token stop) { serve(treat, reads, stop); });
  }

  int port() const { return port_; }

 private:
  void serve(const Treat& treat, bool reads, std::stop_token stop) const {
    while (!stop.stop_requested()) {
      pollfd poll{fd_.get(), POLLIN, 0};
      if (::poll(&poll, 1, 5) <= 0) continue;
      Fd client(::accept(fd_.get(), nullptr, nullptr));
      char request[4096];
      auto got = reads ? ::read(client.get(), request, sizeof request) : 0;
      treat(client.get(), std::string(request, got > 0 ? static_cast<size_t>(got) : 0));
    }
  }

  Fd fd_;
  int port_ = 0;
  std::jthread thread_;
};

void say(int client, std::string_view text) {
  (void)!::send(client, text.data(), text.size(), MSG_NOSIGNAL);
}

Listener::Treat answer(std::string text) {
  return [text](int client, const std::string&) { say(client, text); };
}

int closed_port() {
  Listener listener(answer(""));
  return listener.port();
}

}  // namespace

TEST_CASE("an HTTP probe judges the status: below 500, or 2xx and 3xx when the user named the path") {
  struct Row {
    int status;
    bool by_default;
    bool when_explicit;
  };
  for (auto row : {Row{200, true, true},
                   {204, true, true},
                   {301, true, true},
                   {404, true, false},
                   {401, true, false},
                   {500, false, false},
                   {503, false, false}}) {
    CAPTURE(row.status);
    Listener listener(answer(fmt::format(
        "HTTP/1.1 {} Status\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        row.status)));
    auto found = probe({}, {listener.port()});
    CHECK(found.healthy == row.by_default);
    CHECK(found.http_status == row.status);
    CHECK(probe({.path = "/health", .path_is_explicit = true}, {listener.port()}).healthy == row.when_explicit);
  }
}

TEST_CASE("an HTTP probe asks for the path on host localhost, and nothing of the path leaves the request line") {
  std::string seen;
  Listener listener([&](int client, const std::string& request) {
    seen = request;
    say(client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  CHECK(probe({.path = "/a/../b?x=1 y\r\nEvil: 1#f"}, {listener.port()}).healthy);
  CHECK(seen.starts_with("GET /a/../b?x=1%20y%0D%0AEvil:%201%23f HTTP/1.1\r\n"));
  CHECK(seen.contains("\r\nHost: localhost\r\n"));
}

TEST_CASE("a probe says in words what was wrong, shows nothing raw and keeps its deadline") {
  CHECK(probe({}, {closed_port()}).detail == "connection refused");
  CHECK(probe({.kind = ProbeKind::tcp}, {closed_port()}).detail == "connection refused");
  Listener error(answer("HTTP/1.1 500 No\r\nContent-Length: 8\r\nConnection: close\r\n\r\n\x1b[31mbad"));
  CHECK(probe({}, {error.port()}).detail == "HTTP 500: \\x1b[31mbad");
  Listener closes(answer(""));
  CHECK(probe({}, {closes.port()}).detail == "the connection was accepted and closed without an answer");
  Listener other(answer("SSH-2.0-OpenSSH\r\n"));
  CHECK_FALSE(probe({}, {other.port()}).healthy);
  Listener silent([](int client, const std::string&) {
    pollfd poll{client, POLLRDHUP, 0};
    ::poll(&poll, 1, 2000);
  });
  auto late = probe({.timeout = 150ms}, {silent.port()});
  CHECK(late.detail == "no answer within 150 ms");
  CHECK(late.took >= 150ms);
  CHECK(late.took < 1s);
}

TEST_CASE("an answer with an endless body is an answer") {
  Listener listener([](int client, const std::string&) {
    say(client, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    std::string block(16384, 'x');
    while (::send(client, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  auto found = probe({}, {listener.port()});
  CHECK(found.healthy);
  CHECK(found.took < 1s);
}

TEST_CASE("a TCP probe tells a listener from a proxy that accepts and closes at once") {
  Listener stays(
      [](int client, const std::string&) {
        pollfd poll{client, POLLRDHUP, 0};
        ::poll(&poll, 1, 2000);
      },
      false);
  CHECK(probe({.kind = ProbeKind::tcp}, {stays.port()}).healthy);
  Listener greets([](int client, const std::string&) { say(client, "220 hello\r\n"); }, false);
  CHECK(probe({.kind = ProbeKind::tcp}, {greets.port()}).healthy);
  Listener closes([](int, const std::string&) {}, false);
  CHECK(probe({.kind = ProbeKind::tcp}, {closes.port()}).detail == "the connection was accepted and closed at once");
}

TEST_CASE("the kernel's socket tables are read, and what is no listening socket is skipped") {
  auto found = parse_listening(
      "  sl  local_address rem_address   st tx_queue\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n"
      "   1: 00000000:0050 00000000:0000 0A 00000000:00000000\n"
      "   2: 0100007F:A1B2 0100007F:1F90 01 00000000:00000000\n"
      "   3: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A\n"
      "   4: zz:1 x 0A\n   5: 0100007F 0 0A\n");
  REQUIRE(found.size() == 3);
  CHECK((found[0].address == "127.0.0.1" && found[0].port == 8080));
  CHECK((found[1].address == "0.0.0.0" && found[1].port == 80));
  CHECK((found[2].address == "::1" && found[2].port == 3000));
}

TEST_CASE("what listens in a process's network namespace is found, and a missing process has nothing") {
  Listener listener(answer(""));
  auto mine = listening_in(::getpid());
  CHECK(std::ranges::any_of(mine,
                            [&](const Listening& l) { return l.port == listener.port() && l.address == "127.0.0.1"; }));
  CHECK(listening_in(1 << 30).empty());
}
