// Errors are values. Every fallible function returns Result<T> (or Status when there is nothing to return).
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace podwright {

// What kind of thing went wrong; decides the exit code and the HTTP status (see exit_code, http_status).
enum class ErrorCode {
  invalid,      // the input is wrong; asking again with the same input is useless
  not_found,    // the named thing does not exist
  conflict,     // it exists already, or something else is in the way
  denied,       // refused on purpose: unsafe, or no permission
  unavailable,  // a system we need does not answer; transient
  timeout,      // a deadline passed; transient
  cancelled,    // somebody asked us to stop
  exhausted,    // disk, memory, ports or another bound is full
  failed,       // an outside program or the user's application failed
  internal,     // a bug of ours
};

std::string_view name(ErrorCode code);
int exit_code(ErrorCode code);    // 2..12; 0 is success, 1 is never used for an Error
int http_status(ErrorCode code);
ErrorCode error_code_named(std::string_view name);  // the inverse of name(); internal when unknown
bool is_transient(ErrorCode code);  // worth a retry: unavailable, timeout

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;             // what, in one sentence without a final full stop
  std::string hint = {};           // what the user can do next
  std::string origin = {};         // where: "file:line:column" or a resource such as "container pw-…"
  std::vector<std::string> trail = {};  // what we were doing, innermost first

  // Multi-line text for a person: "origin: message", the trail, then "hint: …".
  std::string text() const;

  Error&& with_hint(std::string text) &&;
  Error&& at(std::string where) &&;
  Error&& during(std::string what) &&;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

// fail(ErrorCode::invalid, "port {} is not between 1 and 65535", port)
template <class... Args>
std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{.code = code, .message = fmt::format(format, std::forward<Args>(args)...)});
}

// The same, as an Error to which a hint or an origin is then added: fail(error(code, "…").with_hint("…")).
template <class... Args>
Error error(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{.code = code, .message = fmt::format(format, std::forward<Args>(args)...)};
}

// The value of a Result, or return its error from the enclosing function. Never in a coroutine.
#define TRY(expression) PODWRIGHT_TRY_AS(PODWRIGHT_JOIN(result_of_try_, __COUNTER__), expression)
#define PODWRIGHT_JOIN(a, b) PODWRIGHT_JOIN_EXPANDED(a, b)
#define PODWRIGHT_JOIN_EXPANDED(a, b) a##b
#define PODWRIGHT_TRY_AS(result, expression)                             \
  ({                                                                     \
    auto result = (expression);                                          \
    if (!result) return std::unexpected(std::move(result).error());      \
    *std::move(result);                                                  \
  })

}  // namespace podwright
