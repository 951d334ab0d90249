// ScriptedService: an HTTP service on a unix socket whose every connection is a conversation that the test writes, for
// clients that must bear anything.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/fd.hh"
#include "base/fs.hh"

namespace podwright::test {

// The server's end of one connection.
class Conversation {
 public:
  explicit Conversation(Fd fd) : fd_(std::move(fd)) {}

  std::string head();   // the next request's head; "" at the end
  std::string chunk();  // the next chunk of a chunked body; "" after the last one and at the end
  void answer(int status, const std::string& body);
  void wait_for_end();  // until the client closes; what it says meanwhile stays unread

 private:
  bool fill();

  Fd fd_;
  std::string read_;
};

class ScriptedService {
 public:
  // Gets every request but GET /_ping, which is answered as Podman 4.3.1 does. The connection ends when it returns
  // false.
  using Script = std::function<bool(const std::string& head, Conversation&)>;

  explicit ScriptedService(Script script);
  ~ScriptedService();
  ScriptedService(const ScriptedService&) = delete;
  ScriptedService& operator=(const ScriptedService&) = delete;

  std::string path() const { return (folder_.path() / "s").native(); }

 private:
  TempDir folder_;
  Fd listener_;
  std::jthread acceptor_;
};

}  // namespace podwright::test
