// Client: the daemon's API over its unix socket.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::cli {

// One answer that is read as it comes.
struct Stream {
  std::string path;
  std::function<void(std::string_view chunk)> sink;
  std::string method = "GET";
  std::string body = {};

  // Set by Client::follow.
  bool ended = false;
  Status result = {};  // the API's error, or unavailable when the connection broke
};

using Headers = std::map<std::string, std::string>;

class Client {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  // Whole answers of at most 64 MiB. An answer of status 400 and above is its error; a daemon that does not answer is
  // Error{unavailable}; Ctrl-C is Error{cancelled}.
  Result<boost::json::value> get(const std::string& path, Millis limit = std::chrono::seconds(60)) const;
  Result<boost::json::value> post(const std::string& path, const boost::json::value& body, const Headers& headers = {},
                                  Millis limit = std::chrono::minutes(10)) const;
  Result<boost::json::value> remove(const std::string& path, Millis limit = std::chrono::minutes(10)) const;

  // Reads all streams side by side on this thread until every one ended or tick() answers false. tick() is called at
  // least every 100 ms.
  void follow(std::span<Stream> streams, const std::function<bool()>& tick) const;

 private:
  Result<boost::json::value> request(std::string method, std::string path, std::string body, const Headers& headers, Millis limit) const;
  std::filesystem::path socket_;
};

// "a b" → "a%20b", for a path segment or a query value.
std::string url_escape(std::string_view text);

// path + "?a=1&b=2" of the values that are not empty.
std::string with_query(std::string path, const std::map<std::string, std::string>& query);

// Cuts a stream into lines of at most 1 MiB (longer ones are cut).
class Lines {
 public:
  explicit Lines(std::function<void(std::string_view line)> sink) : sink_(std::move(sink)) {}
  void feed(std::string_view chunk);
  void finish();  // the last line, when it has no end

 private:
  std::function<void(std::string_view)> sink_;
  std::string rest_;
};

}  // namespace podwright::cli
