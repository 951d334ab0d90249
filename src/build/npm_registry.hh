// Exact runtimes from the npm registry: which tarball is version "22" of a package, and its hash.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright::build {

struct Tarball {
  std::string version;
  std::string url;
  std::string sha512;  // hex
};

// From a package document of the registry: the newest stable version that has `prefix` as its first components.
// Error{not_found} names the nearest that exist. Pure.
Result<Tarball> pick_tarball(std::string_view document, std::string_view package, std::string_view prefix);

// Asks the registry (npm_config_registry, or the public one). Errors: unavailable, not_found, cancelled.
Result<Tarball> find_tarball(std::string_view package, std::string_view prefix, std::stop_token stop);

}  // namespace podwright::build
