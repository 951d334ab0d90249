// A git-credential-cache of our own for one fetch: the credentials are in that process's memory and nowhere else.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/fs.hh"
#include "base/result.hh"
#include "source/location.hh"

namespace podwright::source {

class CredentialCache {
 public:
  // Starts the cache with the URL's user and password; it ends with this object, or by itself after lifetime_s.
  static Result<CredentialCache> hold(const GitUrl& url, int lifetime_s, std::stop_token stop);
  CredentialCache(CredentialCache&&) = default;
  CredentialCache& operator=(CredentialCache&&) = delete;
  ~CredentialCache();

  // -c settings that make git ask this cache and no other helper. They hold a socket's path, no secret.
  std::vector<std::string> settings() const;

 private:
  explicit CredentialCache(TempDir folder) : folder_(std::move(folder)) {}
  std::string socket() const { return (folder_.path() / "s").native(); }

  TempDir folder_;
};

}  // namespace podwright::source
