// Router: from method and path to a handler. Build it once, then use it from any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hh"

namespace podwright::net {

using Params = std::map<std::string, std::string>;  // by the names in the pattern, decoded, never empty
using Route = std::function<Response(const Request&, const Params&)>;

class Router {
 public:
  // add("GET", "/v1/apps/{app}/releases", …). A literal segment wins over a parameter, whatever the order of adding.
  void add(std::string method, std::string_view pattern, Route route);

  // Unknown paths answer 404, known paths with another method 405 (with Allow). Usable as a Handler.
  Response operator()(const Request& request) const;

 private:
  struct Entry {
    std::string method;
    std::vector<std::string> pattern;
    Route route;
  };
  std::vector<Entry> entries_;
};

Response json_response(int status, std::string body);
Response error_response(const Error& error);  // with http_status(error.code) and the documented body

}  // namespace podwright::net
