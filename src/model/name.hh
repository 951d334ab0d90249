// The allow-lists that everything from outside passes at the edge. Each answers the value or Error{invalid}.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright {

Status check_app_name(std::string_view name);          // DNS label: [a-z]([a-z0-9-]{0,38}[a-z0-9])?
Status check_environment_name(std::string_view name);  // the same, at most 20
Status check_domain(std::string_view domain);    // a host name of at most 253 characters, no wildcard, no IP address
Status check_env_key(std::string_view key);      // [A-Za-z_][A-Za-z0-9_]{0,127}
Status check_env_value(std::string_view value);  // no NUL, at most 64 KiB
Status check_git_ref(std::string_view ref);  // branch, tag or sha: never option-like, no "..", no control characters
Status check_relative_path(std::string_view path);  // stays inside: no leading '/', no "..", no control characters
Status check_volume_name(std::string_view name);
Status check_port(long long port);  // 1..65535

// A name that passes check_app_name made from any text ("My App_2" → "my-app-2"); "app" when nothing is left.
std::string to_app_name(std::string_view text);

}  // namespace podwright
