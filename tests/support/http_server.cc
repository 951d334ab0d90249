#include "support/http_server.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

namespace podwright::test {

struct HttpServer::Shared {
  std::string name;
  std::atomic<int> requests{0};
  std::atomic<long> idle_ms{3600'000};
  std::atomic<bool> stopping{false};
  std::atomic<int> threads{0};
};

namespace {

bool send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string response(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chunk(std::string_view text) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + std::string(text) + "\r\n";
}

}  // namespace

// One connection: heads are read one after the other and answered in order.
class Connection {
 public:
  template <class Shared>
  static void serve(int fd, Shared& shared) {
    Fd owned(fd);
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string buffer;
    while (auto head = next_head(fd, buffer, shared)) {
      ++shared.requests;
      if (!answer(fd, *head, shared)) return;
    }
  }

 private:
  // Waits in small steps, so that the end of the server is noticed.
  template <class Shared>
  static bool fill(int fd, std::string& buffer, Shared& shared) {
    for (auto idle = Deadline::in(Millis(shared.idle_ms)); !shared.stopping && !idle.passed();) {
      pollfd poll{fd, POLLIN, 0};
      if (::poll(&poll, 1, 10) <= 0) continue;
      char bytes[4096];
      auto got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      buffer.append(bytes, static_cast<size_t>(got));
      return true;
    }
    return false;
  }

  template <class Shared>
  static std::optional<std::string> next_head(int fd, std::string& buffer, Shared& shared) {
    size_t end;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
      if (!fill(fd, buffer, shared)) return std::nullopt;
    auto head = buffer.substr(0, end + 4);
    buffer.erase(0, end + 4);
    return head;
  }

  template <class Shared>
  static bool answer(int fd, const std::string& head, Shared& shared) {
    if (head.starts_with("GET /headers")) return send_text(fd, response(head));
    if (head.starts_with("GET /stream?")) return stream(fd, std::atoi(head.c_str() + 12), shared);
    if (head.starts_with("GET /ws")) return echo(fd, shared);
    return send_text(fd, response(shared.name));
  }

  template <class Shared>
  static bool stream(int fd, int milliseconds, Shared& shared) {
    if (!send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) return false;
    for (auto end = Deadline::in(Millis(milliseconds)); !end.passed();) {
      if (shared.stopping || !send_text(fd, chunk(shared.name + "\n"))) return false;
      std::this_thread::sleep_for(std::min(Millis(20), end.left()));
    }
    return send_text(fd, chunk("end") + "0\r\n\r\n");
  }

  template <class Shared>
  static bool echo(int fd, Shared& shared) {
    // The key of every test client is RFC 6455's example, so this is its example's answer.
    send_text(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    std::string buffer;
    for (;;) {
      while (buffer.size() < 6 || buffer.size() < 6 + payload_size(buffer))
        if (!fill(fd, buffer, shared)) return false;
      auto size = payload_size(buffer);
      auto reply = buffer.substr(0, 1) + static_cast<char>(size);
      for (size_t i = 0; i < size; ++i) reply += static_cast<char>(buffer[6 + i] ^ buffer[2 + i % 4]);
      buffer.erase(0, 6 + size);
      if (!send_text(fd, reply) || (reply[0] & 0x0f) == 8) return false;
    }
  }

  static size_t payload_size(const std::string& frame) { return static_cast<unsigned char>(frame[1]) & 0x7f; }
};

HttpServer::HttpServer(std::string name)
    : shared_(std::make_shared<Shared>()), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  shared_->name = std::move(name);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, size) != 0 || ::listen(listener_.get(), 1024) != 0) throw std::runtime_error("no port");
  ::getsockname(listener_.get(), raw, &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([shared = shared_, listener = listener_.get()](std::stop_token stop) {
    while (!stop.stop_requested()) {
      pollfd poll{listener, POLLIN, 0};
      if (::poll(&poll, 1, 10) <= 0) continue;
      int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++shared->threads;
      std::thread([shared, fd] {
        Connection::serve(fd, *shared);
        --shared->threads;
      }).detach();
    }
  });
}

HttpServer::~HttpServer() {
  acceptor_.request_stop();
  if (acceptor_.joinable()) acceptor_.join();
  listener_.reset();
  shared_->stopping = true;
  for (auto end = Deadline::in(std::chrono::seconds(5)); shared_->threads > 0 && !end.passed();)
    std::this_thread::sleep_for(Millis(2));
}

int HttpServer::requests() const { return shared_->requests; }
void HttpServer::keep_alive(Millis idle) { shared_->idle_ms = idle.count(); }

}  // namespace podwright::test
