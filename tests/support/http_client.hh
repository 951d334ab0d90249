// HttpClient: one keep-alive HTTP/1.1 connection to a loopback port, strict about what it gets. For tests only.
#pragma once

#include <string>

#include "base/clock.hh"
#include "base/fd.hh"
#include "base/result.hh"

namespace podwright::test {

struct Response {
  int status = 0;
  std::string head;
  std::string body;
};

class HttpClient {
 public:
  HttpClient(int port, std::string host) : port_(port), host_(std::move(host)) {}

  // Connects when it is not connected. An answer that is not complete is Error{failed}; `limit` is for each pause.
  Result<Response> get(const std::string& path, Millis limit = std::chrono::seconds(10), const std::string& headers = {});

  // Sends the request and reads the head; the body is then read by finish(). For streams.
  Result<Response> begin(const std::string& path, Millis limit, const std::string& headers = {});
  Status finish(Response& response, Millis limit);

  Status upgrade(const std::string& path, Millis limit = std::chrono::seconds(10));  // to a WebSocket
  Result<std::string> echo(const std::string& text, Millis limit);  // Error{cancelled}: closed by a close frame

  bool connected() const { return static_cast<bool>(fd_); }
  int connects() const { return connects_; }
  void close();
  void interrupt();  // from another thread: what waits for an answer gets an error

 private:
  Status connect();
  Status send(const std::string& text);
  Status fill(Millis limit);
  Status need(size_t bytes, Millis limit);
  Result<std::string> line(Millis limit);
  Result<std::string> take(size_t bytes, Millis limit);
  void forget_closed();

  int port_;
  std::string host_;
  Fd fd_;
  std::string buffer_;
  int connects_ = 0;
};

}  // namespace podwright::test
