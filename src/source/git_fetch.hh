// One commit of a git repository, without its history, as a plain folder.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "source/location.hh"

namespace podwright::source {

struct GitBounds {
  long long pack_bytes = 2LL << 30;   // received for one repository
  long long tree_bytes = 4LL << 30;   // checked out
  size_t entries = 300'000;
  size_t submodules = 64;             // in all, nested ones included
  int nesting = 4;
  int limit_s = 600;                  // for one repository
};

struct GitRequest {
  GitUrl url;
  std::string ref;  // branch, tag, sha or unique beginning of one; empty: the repository's default branch
  bool allow_private = false;
  GitBounds bounds = {};
};

// Fetches into `into` (created; no .git remains) and answers the commit's full sha. Submodules with accepted addresses
// come with it; others are left out and `progress` says so. Credentials in the URL reach git through a
// git-credential-cache of our own: they are in no argv, file, environment or message.
// Errors: not_found (repository or ref), denied (host, credentials, hostile tree), unavailable, exhausted, timeout, cancelled.
Result<std::string> fetch_commit(const GitRequest& request, const std::filesystem::path& into, std::stop_token stop,
                                 const std::function<void(std::string_view)>& progress);

}  // namespace podwright::source
