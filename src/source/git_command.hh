// git as we run it on repositories that nobody vouches for: no hook, no helper program of the repository, no prompt.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/spawn.hh"

namespace podwright::source {

struct GitOptions {
  std::filesystem::path directory;         // where git works; absolute
  std::string protocols = {};              // GIT_ALLOW_PROTOCOL, "https:ssh"; empty: no transport at all
  std::vector<std::string> settings = {};  // further -c name=value
};

// The user's own global configuration stays (credential helpers, http.proxy, http.sslCAInfo); what a repository's
// configuration could make git execute is overridden. Pure.
Command git(const GitOptions& options, const std::vector<std::string>& arguments);

}  // namespace podwright::source
