#include "support/http_client.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.hh"

namespace podwright::test {

namespace {

std::string header(std::string_view head, std::string_view name) {
  for (auto text : split_lines(head)) {
    auto colon = text.find(':');
    if (colon != std::string_view::npos && to_lower(text.substr(0, colon)) == name) return std::string(trim(text.substr(colon + 1)));
  }
  return {};
}

}  // namespace

void HttpClient::close() {
  fd_.reset();
  buffer_.clear();
}

void HttpClient::interrupt() { ::shutdown(fd_.get(), SHUT_RDWR); }

Status HttpClient::connect() {
  close();
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(ErrorCode::failed, "connect: {}", std::strerror(errno));
  int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fd_ = std::move(fd);
  ++connects_;
  return {};
}

// A connection that the server closed while nothing was asked is not lost; a new one takes its place.
void HttpClient::forget_closed() {
  char byte;
  if (fd_ && ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) close();
}

Status HttpClient::send(const std::string& text) {
  if (::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) return {};
  return fail(ErrorCode::failed, "send: {}", std::strerror(errno));
}

Status HttpClient::fill(Millis limit) {
  pollfd poll{fd_.get(), POLLIN, 0};
  if (::poll(&poll, 1, static_cast<int>(limit.count())) <= 0) return fail(ErrorCode::timeout, "no answer in {} ms", limit.count());
  char bytes[16384];
  auto got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
  if (got == 0) return fail(ErrorCode::failed, "closed after {} bytes of an answer", buffer_.size());
  if (got < 0) return fail(ErrorCode::failed, "receive: {}", std::strerror(errno));
  buffer_.append(bytes, static_cast<size_t>(got));
  return {};
}

Status HttpClient::need(size_t bytes, Millis limit) {
  while (buffer_.size() < bytes) TRY(fill(limit));
  return {};
}

Result<std::string> HttpClient::take(size_t bytes, Millis limit) {
  TRY(need(bytes, limit));
  auto out = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return out;
}

Result<std::string> HttpClient::line(Millis limit) {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) TRY(fill(limit));
  auto out = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return out;
}

Result<Response> HttpClient::begin(const std::string& path, Millis limit, const std::string& headers) {
  forget_closed();
  if (!fd_) TRY(connect());
  TRY(send("GET " + path + " HTTP/1.1\r\nHost: " + host_ + "\r\n" + headers + "\r\n"));
  Response response;
  for (;;) {
    auto text = TRY(line(limit));
    if (text.empty()) break;
    response.head += text + "\n";
  }
  if (response.head.size() < 12 || !response.head.starts_with("HTTP/1.1 ")) return fail(ErrorCode::failed, "not an answer");
  response.status = std::atoi(response.head.c_str() + 9);
  return response;
}

Status HttpClient::finish(Response& response, Millis limit) {
  if (header(response.head, "transfer-encoding") == "chunked") {
    for (;;) {
      auto size = std::strtoul(TRY(line(limit)).c_str(), nullptr, 16);
      response.body += TRY(take(size, limit));
      TRY(take(2, limit));
      if (size == 0) break;
    }
  } else {
    response.body = TRY(take(std::strtoul(header(response.head, "content-length").c_str(), nullptr, 10), limit));
  }
  if (to_lower(header(response.head, "connection")) == "close") close();
  return {};
}

Result<Response> HttpClient::get(const std::string& path, Millis limit, const std::string& headers) {
  auto attempt = [&]() -> Result<Response> {
    auto response = TRY(begin(path, limit, headers));
    TRY(finish(response, limit));
    return response;
  };
  auto answer = attempt();
  if (!answer) close();
  return answer;
}

Status HttpClient::upgrade(const std::string& path, Millis limit) {
  close();
  auto response = TRY(begin(path, limit,
                            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  if (response.status == 101) return {};
  close();
  return fail(ErrorCode::failed, "status {} instead of 101", response.status);
}

Result<std::string> HttpClient::echo(const std::string& text, Millis limit) {
  std::string frame("\x81", 1);  // text, final; masked with zeros, at most 125 bytes
  frame += static_cast<char>(0x80 | text.size());
  frame += std::string(4, '\0') + text;
  TRY(send(frame));
  for (;;) {
    auto head = TRY(take(2, limit));
    auto payload = TRY(take(static_cast<unsigned char>(head[1]) & 0x7f, limit));
    auto opcode = head[0] & 0x0f;
    if (opcode == 8) return fail(ErrorCode::cancelled, "closed by the server");
    if (opcode == 1 || opcode == 2) return payload;
  }
}

}  // namespace podwright::test
