// Source: a directory, an archive or a git URL becomes a checked folder on this machine.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright {

struct SourceRequest {
  std::string location;  // path of a directory or archive, or a git URL (https://, ssh://, user@host:path)
  std::string ref = {};  // branch, tag or sha; git only
  std::string path = {}; // sub-folder to deploy, relative
};

struct Source {
  std::filesystem::path dir;   // root of the tree (the repository, not `path`)
  std::string path;            // the sub-folder to deploy, "." for all
  std::string commit;          // git sha (40), "<sha>-dirty", or "tree-<16 hex>" for what is not in git
  std::string name;            // what to call the app when nobody says: repository or folder name
  std::string shown_location;  // for people and the store: without credentials
};

enum class SourceKind { directory, archive, git };

// Decides from the text alone; refuses option-like and shell-like input, ext::, file://, and hosts that are loopback,
// private, link-local or multicast addresses unless allow_private (PODWRIGHT_ALLOW_PRIVATE_GIT=1 or a daemon setting).
Result<SourceKind> classify(std::string_view location);

// Fetches into `scratch` (a folder of the deployment's own; a directory is used in place and nothing is copied).
// `progress` gets inert lines for the build log.
Result<Source> fetch(const SourceRequest& request, const std::filesystem::path& scratch, std::stop_token stop,
                     const std::function<void(std::string_view)>& progress);

}  // namespace podwright
