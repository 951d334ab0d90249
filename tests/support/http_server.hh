// HttpServer: a small HTTP/1.1 server on a free loopback port, one thread a connection, for tests that switch traffic.
//
//   GET /            200, the server's name
//   GET /headers     200, the request head as it arrived
//   GET /stream?N    200, chunked: a chunk every 20 ms for N milliseconds, then "end"
//   GET /ws          101; short WebSocket frames are echoed, a close frame is answered
// Connections are kept alive until the client, keep_alive() or the destructor closes them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.hh"
#include "base/fd.hh"

namespace podwright::test {

class HttpServer {
 public:
  explicit HttpServer(std::string name);
  ~HttpServer();  // closes every connection at once, as a killed application does
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  int requests() const;                 // begun, streams and upgrades included
  void keep_alive(Millis idle);         // closes a connection that is idle for so long; an hour at first

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Fd listener_;
  int port_ = 0;
  std::jthread acceptor_;
};

}  // namespace podwright::test
