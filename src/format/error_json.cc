#include "format/error_json.hh"

#include <boost/json.hpp>

#include "base/text.hh"

namespace podwright {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

ErrorCode code_of_status(int status) {
  for (auto code : {ErrorCode::not_found, ErrorCode::conflict, ErrorCode::denied, ErrorCode::unavailable, ErrorCode::timeout,
                    ErrorCode::cancelled, ErrorCode::exhausted, ErrorCode::failed})
    if (http_status(code) == status) return code;
  return status >= 400 && status < 500 ? ErrorCode::invalid : ErrorCode::internal;
}

}  // namespace

json::object error_to_json(const Error& error) {
  json::object out{{"code", name(error.code)}, {"message", error.message}, {"hint", error.hint}, {"origin", error.origin}};
  if (!error.trail.empty()) out["trail"] = json::array(error.trail.begin(), error.trail.end());
  return out;
}

std::string error_body(const Error& error) {
  json::object out;
  out["error"] = error_to_json(error);
  return json::serialize(out);
}

Error error_from_json(const json::object& object) {
  Error out{.code = error_code_named(text_at(object, "code")), .message = text_at(object, "message"),
            .hint = text_at(object, "hint"), .origin = text_at(object, "origin")};
  if (const auto* trail = object.if_contains("trail"); trail && trail->is_array())
    for (const auto& step : trail->get_array())
      if (step.is_string()) out.trail.emplace_back(step.get_string());
  return out;
}

Error error_from_body(std::string_view body, int http_status) {
  boost::system::error_code problem;
  auto parsed = json::parse(body, problem);
  if (!problem && parsed.is_object())
    if (const auto* inner = parsed.get_object().if_contains("error"); inner && inner->is_object())
      return error_from_json(inner->get_object());
  return Error{.code = code_of_status(http_status),
               .message = fmt::format("HTTP status {}: {}", http_status, printable(body.substr(0, 300)))};
}

}  // namespace podwright
