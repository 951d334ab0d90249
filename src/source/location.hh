// What a user typed as a source, parsed: a path, or a git URL taken apart. Pure; nothing is looked up.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"
#include "source/source.hh"

namespace podwright::source {

enum class Scheme { https, ssh, http };

struct GitUrl {
  Scheme scheme = Scheme::https;
  std::string user = {};      // ssh: the login. https: may be a token, so it is as secret as the password
  std::string password = {};  // https only
  std::string host = {};      // without brackets
  int port = 0;               // 0: the scheme's own
  std::string path = {};      // as git gets it: "/owner/repository.git", or "owner/repository.git" after host:

  bool is_scp_like = false;   // user@host:path

  bool has_credentials() const { return scheme != Scheme::ssh && !(user.empty() && password.empty()); }
  std::string host_and_port() const;  // as in a URL: "[::1]:8443"
  std::string address() const;        // for git's argv, people and the store: never a password, a token or an https user
  std::string name() const;           // of the repository: "repository"
};

struct Location {
  SourceKind kind = SourceKind::directory;
  GitUrl git = {};  // kind == git
};

// Error{invalid} for what is no location, Error{denied} for what is refused on purpose (see classify()).
// allow_private admits hosts written as a private or loopback address, and http:// for a loopback address.
Result<Location> parse_location(std::string_view text, bool allow_private);

// A submodule's address: absolute, or "./…" and "../…" relative to the repository that names it.
Result<GitUrl> parse_submodule_url(std::string_view text, const GitUrl& parent, bool allow_private);

// PODWRIGHT_ALLOW_PRIVATE_GIT=1
bool private_hosts_allowed();

}  // namespace podwright::source
