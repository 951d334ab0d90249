// Writing an answer to a socket from the handler's thread.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "net/http.hh"

namespace podwright::net {

// How this client wants its answer.
struct ReplyForm {
  bool keep_alive = true;
  bool chunked = true;     // HTTP/1.1; without it a stream ends with the connection
  bool head_only = false;  // HEAD
};

// Sends to a non-blocking socket that somebody else owns. After a failure every further send fails.
class Wire {
 public:
  Wire(int socket, Millis stall) : socket_(socket), stall_(stall) {}
  bool send(std::string_view bytes);  // false: the client is gone, or took nothing for `stall`

 private:
  bool wait_writable() const;
  int socket_;
  Millis stall_;
  bool broken_ = false;
};

// The bytes of an answer without a stream.
std::string serialize(const Response& response, const ReplyForm& form);

// Sends the answer, pulling its stream until it ends or `gone` is requested. Answers whether the connection may carry
// another request.
bool send_response(Wire& wire, const Response& response, ReplyForm form, const std::stop_token& gone);

}  // namespace podwright::net
