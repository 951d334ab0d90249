#include "base/result.hh"

#include <array>

namespace podwright {

namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int exit_code;
  int http_status;
};

constexpr std::array<Row, 10> kTable{{
    {ErrorCode::invalid, "invalid", 2, 400},
    {ErrorCode::not_found, "not_found", 3, 404},
    {ErrorCode::conflict, "conflict", 4, 409},
    {ErrorCode::denied, "denied", 5, 403},
    {ErrorCode::unavailable, "unavailable", 6, 503},
    {ErrorCode::timeout, "timeout", 7, 504},
    {ErrorCode::cancelled, "cancelled", 8, 499},
    {ErrorCode::exhausted, "exhausted", 9, 507},
    {ErrorCode::failed, "failed", 10, 422},
    {ErrorCode::internal, "internal", 12, 500},
}};

const Row& row(ErrorCode code) {
  for (const auto& candidate : kTable)
    if (candidate.code == code) return candidate;
  return kTable.back();
}

}  // namespace

std::string_view name(ErrorCode code) { return row(code).name; }
int exit_code(ErrorCode code) { return row(code).exit_code; }
int http_status(ErrorCode code) { return row(code).http_status; }
bool is_transient(ErrorCode code) { return code == ErrorCode::unavailable || code == ErrorCode::timeout; }

ErrorCode error_code_named(std::string_view name) {
  for (const auto& candidate : kTable)
    if (candidate.name == name) return candidate.code;
  return ErrorCode::internal;
}

std::string Error::text() const {
  std::string out = origin.empty() ? message : origin + ": " + message;
  for (const auto& step : trail) out += "\n  while " + step;
  if (!hint.empty()) out += "\nhint: " + hint;
  return out;
}

Error&& Error::with_hint(std::string text) && {
  hint = std::move(text);
  return std::move(*this);
}

Error&& Error::at(std::string where) && {
  origin = std::move(where);
  return std::move(*this);
}

Error&& Error::during(std::string what) && {
  trail.push_back(std::move(what));
  return std::move(*this);
}

}  // namespace podwright
