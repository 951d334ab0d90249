#include "cli/env_values.hh"

#include <cstdlib>

namespace podwright::cli {

Result<std::map<std::string, std::string>> env_values(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> env;
  for (const auto& pair : pairs) {
    auto equals = pair.find('=');
    auto key = pair.substr(0, equals);
    const char* inherited = equals == pair.npos && !key.empty() ? std::getenv(key.c_str()) : nullptr;
    if (key.empty() || (equals == pair.npos && !inherited))
      return fail(error(ErrorCode::invalid, "--set-env needs KEY=VALUE, or the name of a variable that is set here")
                      .with_hint("for example --set-env LOG_LEVEL=debug"));
    env[key] = inherited ? std::string(inherited) : pair.substr(equals + 1);
  }
  return env;
}

}  // namespace podwright::cli
