// What git printed when it failed, as an error that a user can act on.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright::source {

// `said` is git's standard error under LC_ALL=C; `address` the repository without credentials; `ref` may be empty. Pure.
Error git_failure(std::string_view said, const std::string& address, const std::string& ref);

bool is_missing_ref(std::string_view said);  // the server has no such ref, or does not hand out that commit
bool is_redirect(std::string_view said);

}  // namespace podwright::source
