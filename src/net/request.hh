// From Beast's message to ours. Included by .cc files only.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/http.hh"

namespace podwright::net {

using RawRequest = boost::beast::http::request<boost::beast::http::string_body>;

// Errors: invalid (a target that is no path, bad escapes, a NUL).
Result<Request> to_request(RawRequest&& raw);

// An error as the API answers it.
Response error_answer(int status, const Error& error);

}  // namespace podwright::net
