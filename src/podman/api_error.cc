#include "podman/api_error.hh"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string>

#include "base/text.hh"

namespace podwright::podman {

namespace {

struct Meaning {
  std::string_view text;  // lower case
  ErrorCode code;
  std::string_view hint;
};

// The first that occurs in the answer's text decides. The messages are those of Podman 4.3 to 5.8.
constexpr std::array<Meaning, 24> kMeanings{{
    {"no such container", ErrorCode::not_found, ""},
    {"no such image", ErrorCode::not_found, ""},
    {"image not known", ErrorCode::not_found, ""},
    {"no such volume", ErrorCode::not_found, ""},
    {"network not found", ErrorCode::not_found, ""},
    {"no such exec session", ErrorCode::not_found, ""},
    {"no such network", ErrorCode::not_found, ""},
    {"netavark: no such file", ErrorCode::unavailable, "install iptables (Podman's network helper runs it)"},
    {"netavark: unable to find iptables", ErrorCode::unavailable, "install iptables (Podman's network helper runs it)"},
    {"address already in use", ErrorCode::conflict, "another process took the port; remove and create the container again"},
    {"already in use", ErrorCode::conflict, ""},
    {"already exists", ErrorCode::conflict, ""},
    {"already used", ErrorCode::conflict, ""},
    {"is being used", ErrorCode::conflict, ""},
    {"is in use", ErrorCode::conflict, ""},
    {"container state improper", ErrorCode::conflict, ""},
    {"not running", ErrorCode::conflict, ""},
    {"no space left on device", ErrorCode::exhausted, "free disk space: podwright gc"},
    {"disk quota exceeded", ErrorCode::exhausted, "free disk space: podwright gc"},
    {"error setting rlimit", ErrorCode::failed, "the limits of this machine are below Podman's defaults; see podwright doctor"},
    {"executable file not found", ErrorCode::failed, "the start command names a program that the image does not have"},
    {"no such file or directory", ErrorCode::failed, "the start command or its interpreter is not in the image"},
    {"exec format error", ErrorCode::failed, "the program is for another processor, or a script without its #! line"},
    {"permission denied", ErrorCode::failed, "a file of the image may not be executed or read by its user"},
}};

ErrorCode code_of(long status) {
  switch (status) {
    case 400: return ErrorCode::invalid;
    case 401:
    case 403: return ErrorCode::denied;
    case 404: return ErrorCode::not_found;
    case 409: return ErrorCode::conflict;
    default: return ErrorCode::failed;
  }
}

// {"cause","message","response"}; anything else is shown as it came, shortened.
std::string message_of(std::string_view body) {
  boost::system::error_code problem;
  auto value = boost::json::parse(body, problem);
  if (!problem && value.is_object())
    if (auto* message = value.get_object().if_contains("message"); message && message->is_string())
      return printable(message->get_string());
  return printable(trim(body.substr(0, 500)));
}

}  // namespace

Error api_error(long status, std::string_view body, std::string_view what) {
  auto message = message_of(body);
  auto lower = to_lower(message);
  auto known = std::ranges::find_if(kMeanings, [&](const Meaning& meaning) { return lower.contains(meaning.text); });
  bool is_known = known != kMeanings.end() && (status >= 500 || status == 404 || status == 409);
  return Error{.code = is_known ? known->code : code_of(status),
               .message = fmt::format("Podman refused {}: {}", what, message.empty() ? fmt::format("HTTP {}", status) : message),
               .hint = is_known ? std::string(known->hint) : std::string()};
}

}  // namespace podwright::podman
