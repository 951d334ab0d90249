// What this machine lends to build steps so that package clients inside a build reach what they reach outside: its CA
// bundle, its mirrors and proxies, its package clients' configuration. Files come as secrets, so no layer keeps them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "build/build.hh"

namespace podwright::build {

struct LentFile {
  BuildFile file;
  std::string content;
};

using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;
using FileLookup = std::function<std::optional<std::string>(const std::filesystem::path& path)>;

// Pure over the two look-ups. Always holds podwright-env (a shell file of exports, at kHostEnvironment), podwright-ca and
// podwright-apt, empty where there is nothing to lend. A client's configuration that holds a credential is left out
// unless lend_credentials: a build step runs the repository's code, which could read it.
std::vector<LentFile> lent_files(const EnvironmentLookup& environment, const FileLookup& file, bool lend_credentials);

// Of this machine and user; PODWRIGHT_BUILD_CREDENTIALS=1 lends configuration with credentials as well.
// Only what makes base images needs apt's options: asking for them starts a child.
enum class Apt { without, with };
std::vector<LentFile> host_lent_files(Apt apt);

// Writes each into `folder` (0600) and answers the --secret arguments for them.
Result<std::vector<std::string>> secret_arguments(const std::filesystem::path& folder, const std::vector<LentFile>& files);

}  // namespace podwright::build
