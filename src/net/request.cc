#include "net/request.hh"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.hh"
#include "format/error_json.hh"

namespace podwright::net {

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::unexpected<Error> bad_target(std::string_view target) {
  return fail(ErrorCode::invalid, "'{}' is not a valid request path", printable(target.substr(0, 200)));
}

// Fills path, segments and query from "/v1/apps/shop?follow=1".
Status read_target(std::string_view target, Request& request) {
  auto parsed = boost::urls::parse_origin_form(boost::core::string_view(target.data(), target.size()));
  if (!parsed || target.contains("%00")) return bad_target(target);
  for (const auto& segment : parsed->segments()) {
    request.segments.emplace_back(segment);
    request.path += "/" + request.segments.back();
  }
  if (request.path.empty()) request.path = "/";
  for (const auto& parameter : parsed->params()) request.query[std::string(parameter.key)] = std::string(parameter.value);
  return {};
}

void read_headers(const RawRequest& raw, Request& request) {
  for (const auto& field : raw) {
    auto& value = request.headers[to_lower(view(field.name_string()))];
    value += (value.empty() ? "" : ", ") + std::string(view(field.value()));
  }
}

}  // namespace

Result<Request> to_request(RawRequest&& raw) {
  Request request;
  request.method = view(raw.method_string());
  TRY(read_target(view(raw.target()), request));
  read_headers(raw, request);
  request.body = std::move(raw.body());
  return request;
}

Response error_answer(int status, const Error& error) { return Response{.status = status, .body = error_body(error)}; }

std::string Request::header(const std::string& lower_case_name) const {
  auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

std::string Request::query_or(const std::string& key, std::string otherwise) const {
  auto found = query.find(key);
  return found == query.end() ? std::move(otherwise) : found->second;
}

}  // namespace podwright::net
