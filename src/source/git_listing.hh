// The files of a commit before it is checked out: a tree that would unpack to billions of files is seen here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright::source {

struct Submodule {
  std::string path;
  std::string sha;
  std::string url = {};  // as .gitmodules writes it; empty when it does not
};

// Reads the output of `git ls-tree -r -l -z` piece by piece, within bounds.
class GitListing {
 public:
  GitListing(size_t entries, long long bytes) : max_entries_(entries), max_bytes_(bytes) {}

  void take(std::string_view chunk);
  bool is_beyond() const { return entries_ > max_entries_ || bytes_ > max_bytes_ || pending_.size() > 65536; }
  Status status() const;  // Error{exhausted} when it is beyond the bounds
  const std::vector<Submodule>& submodules() const { return submodules_; }

 private:
  void take_entry(std::string_view entry);

  size_t max_entries_;
  long long max_bytes_;
  size_t entries_ = 0;
  long long bytes_ = 0;
  std::string pending_;
  std::vector<Submodule> submodules_;
};

// Adds the addresses from the output of `git config --blob=…:.gitmodules -z --get-regexp ^submodule\.`. Pure.
void add_urls(std::vector<Submodule>& submodules, std::string_view config);

}  // namespace podwright::source
