#include "net/router.hh"

#include <optional>

#include "base/text.hh"
#include "format/error_json.hh"

namespace podwright::net {

namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::optional<Params> match(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  Params params;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (is_parameter(pattern[i]) && !segments[i].empty())
      params[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
    else if (pattern[i] != segments[i])
      return std::nullopt;
  }
  return params;
}

Response not_found(const Request& request) {
  return error_response(error(ErrorCode::not_found, "there is nothing at {}", printable(request.path))
                            .with_hint("the paths of this API are listed in docs/api.md"));
}

Response wrong_method(const Request& request, const std::vector<std::string>& allowed) {
  auto response = error_response(error(ErrorCode::invalid, "{} is not possible on {}", printable(request.method), printable(request.path))
                                     .with_hint("possible: " + join(allowed, ", ")));
  response.status = 405;
  response.headers["Allow"] = join(allowed, ", ");
  return response;
}

}  // namespace

void Router::add(std::string method, std::string_view pattern, Route route) {
  Entry entry{.method = std::move(method), .pattern = {}, .route = std::move(route)};
  for (auto segment : split(pattern.substr(1), '/')) entry.pattern.emplace_back(segment);
  entries_.push_back(std::move(entry));
}

Response Router::operator()(const Request& request) const {
  const Entry* best = nullptr;
  Params best_params;
  std::vector<std::string> allowed;
  for (const auto& entry : entries_) {
    auto params = match(entry.pattern, request.segments);
    if (!params) continue;
    allowed.push_back(entry.method);
    if (entry.method != request.method || (best && best_params.size() <= params->size())) continue;
    best = &entry;
    best_params = std::move(*params);
  }
  if (best) return best->route(request, best_params);
  return allowed.empty() ? not_found(request) : wrong_method(request, allowed);
}

Response json_response(int status, std::string body) { return Response{.status = status, .body = std::move(body)}; }

Response error_response(const Error& error) { return json_response(http_status(error.code), error_body(error)); }

}  // namespace podwright::net
