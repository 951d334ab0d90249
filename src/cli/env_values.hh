// The values of --set-env.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hh"

namespace podwright::cli {

// "K=V", or "K" alone for the value that it has in our environment: a secret then never stands in an argv.
Result<std::map<std::string, std::string>> env_values(const std::vector<std::string>& pairs);

}  // namespace podwright::cli
