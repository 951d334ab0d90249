// The HTTP/1.1 edge: a server on a unix socket or a TCP port that runs blocking handlers on a few threads.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::net {

struct Request {
  std::string method;                          // "GET"
  std::string path;                            // decoded, without the query: "/v1/apps/shop"
  std::vector<std::string> segments;           // the path split at '/' before decoding: {"v1","apps","shop"}
  std::map<std::string, std::string> query;    // decoded; the last of equal keys; "" for a key without a value
  std::map<std::string, std::string> headers;  // lower-case keys; equal ones joined by ", "
  std::string body;                            // at most HttpLimits::body bytes
  std::stop_token gone;                        // requested when the client disconnects or the server stops

  std::string header(const std::string& lower_case_name) const;  // "" when missing
  std::string query_or(const std::string& key, std::string otherwise = {}) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
  std::map<std::string, std::string> headers = {};

  // When set, `body` is not used: it is called on the handler's thread until it answers false; what it appends to
  // `chunk` (empty on entry) is sent and flushed at once. It may block, but must come back soon after request.gone was
  // requested: a stop_callback that wakes it, or waits of at most 250 ms.
  std::function<bool(std::string& chunk)> stream = {};
};

// Called on a thread of the server's pool, many at a time. An exception becomes status 500 and a line in the log.
using Handler = std::function<Response(const Request&)>;

struct HttpLimits {
  size_t handlers = 64;        // at work at the same time; a further request is answered with 503
  size_t connections = 512;    // open at the same time; a further one is answered with 503 and closed
  size_t header = 16 << 10;    // bytes; else 431
  size_t body = 1 << 20;       // bytes; else 413
  Millis idle = std::chrono::seconds(60);    // between two requests of a connection
  Millis head = std::chrono::seconds(10);    // from the first byte of a request to the end of its header
  Millis upload = std::chrono::seconds(30);  // from then to the end of its body
  Millis stall = std::chrono::seconds(30);   // without progress in sending to a client that does not read
  Millis linger = std::chrono::seconds(1);   // that stop() leaves to answers under way
};

// Serves from construction to stop(). Without a connection it holds one sleeping thread and no timer.
class HttpServer {
 public:
  // A unix socket of mode 0600 in an existing folder, for processes of our own user and root only (others get 403). The
  // file of a dead server is replaced. Errors: conflict (somebody answers there, or it is no socket), invalid (path too
  // long for a socket), failed.
  static Result<std::unique_ptr<HttpServer>> listen_unix(const std::filesystem::path& path, Handler handler, HttpLimits limits = {});

  // A numeric address; port 0 chooses a free one. Errors: invalid, conflict (port taken), failed.
  static Result<std::unique_ptr<HttpServer>> listen_tcp(const std::string& address, int port, Handler handler, HttpLimits limits = {});

  ~HttpServer();  // stop()

  int port() const;  // of listen_tcp; else 0

  // Closes the listener, requests every `gone`, lets answers under way finish (HttpLimits::linger), waits for all
  // handlers and removes the socket file. Never from a handler's thread.
  void stop();

 private:
  class Engine;
  explicit HttpServer(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace podwright::net
