// The JSON of an error, as the API answers it and the command line reads it back:
// {"error":{"code":"not_found","message":"…","hint":"…","origin":"…","trail":["…"]}}; "trail" only when there is one.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright {

boost::json::object error_to_json(const Error& error);  // the inner object, without the "error" key
std::string error_body(const Error& error);             // the whole text, with it

// The inverse of error_to_json; missing fields stay empty.
Error error_from_json(const boost::json::object& json);

// The error in an answer's body. A body that is no such JSON (a proxy's page, a truncated answer) becomes an error that
// names the HTTP status.
Error error_from_body(std::string_view body, int http_status);

}  // namespace podwright
