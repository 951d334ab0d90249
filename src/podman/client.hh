// Client speaks Podman's libpod REST API over a unix socket: the local service's, or a remote one forwarded by OpenSSH.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::podman {

// One call. `path` comes after the libpod prefix, its segments already escaped (see escaped()).
struct Request {
  std::string method = "GET";
  std::string path;
  std::vector<std::pair<std::string, std::string>> query = {};  // escaped by the client
  std::string body = {};                                        // JSON unless content_type says otherwise
  Millis limit = std::chrono::seconds(30);                      // from connecting to the last byte
  std::string content_type = "application/json";
};

struct Response {
  long status = 0;
  std::string body;  // at most 32 MiB
};

// A piece of a streamed body; answers false to end the call early, which then counts as a success.
using BodySink = std::function<bool(std::string_view chunk)>;

// Fills `into` with the next bytes of a streamed request body and answers how many; 0 is the end. An Error ends the call
// and is its result. Called on the calling thread, as the service takes bytes.
using BodySource = std::function<Result<size_t>(std::span<char> into)>;

// Safe from any thread: every call takes an idle keep-alive connection or opens one. Cheap to move, not to copy.
// Errors: unavailable (nobody answers on the socket), timeout, cancelled.
class Client {
 public:
  explicit Client(std::string socket_path);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  const std::string& socket_path() const;

  // The service's version ("4.3.1") from its Libpod-API-Version header.
  Result<std::string> ping(Millis limit = std::chrono::seconds(2));

  // Whatever the service answered, also an error status.
  Result<Response> send(const Request& request);

  // The body of a 2xx or 304 answer; any other status becomes the Error that it means (see api_error).
  Result<std::string> call(const Request& request);
  Result<boost::json::value> call_json(const Request& request);

  // A long answer piece by piece. An error status becomes its Error, as in call().
  Status stream(const Request& request, const BodySink& sink, std::stop_token stop = {});

  // Sends a body of any length while it is made (chunked; request.body stays empty) and answers the body of a 2xx answer,
  // an error status as in call(). No bound on the whole: Error{timeout} when no byte moved for `stall`, or when the answer
  // takes longer than request.limit after the last byte was handed over.
  Result<std::string> upload(const Request& request, const BodySource& source, std::stop_token stop = {},
                             Millis stall = std::chrono::seconds(20));

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Percent-encodes everything but the unreserved characters, for one path segment or query value.
std::string escaped(std::string_view text);

// {"label":["k=v",…]} for the filters parameter of the list calls.
std::string json_filters(std::string_view key, const std::vector<std::string>& values);

}  // namespace podwright::podman
