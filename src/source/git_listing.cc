#include "source/git_listing.hh"

#include <map>

#include "base/text.hh"

namespace podwright::source {

void GitListing::take(std::string_view chunk) {
  while (!chunk.empty() && !is_beyond()) {
    auto end = chunk.find('\0');
    pending_ += chunk.substr(0, end);
    if (end == chunk.npos) return;
    chunk.remove_prefix(end + 1);
    take_entry(pending_);
    pending_.clear();
  }
}

// "<mode> <type> <sha> <size or ->\t<path>"
void GitListing::take_entry(std::string_view entry) {
  auto tab = entry.find('\t');
  auto fields = split_words(entry.substr(0, tab));
  if (tab == entry.npos || fields.size() != 4) return;
  ++entries_;
  bytes_ += parse_integer(fields[3]).value_or(0);
  if (fields[1] == "commit") submodules_.push_back({.path = std::string(entry.substr(tab + 1)), .sha = std::string(fields[2])});
}

Status GitListing::status() const {
  if (!is_beyond()) return {};
  return fail(error(ErrorCode::exhausted, "the repository checks out to more than {} files or {}", max_entries_, format_bytes(max_bytes_))
                  .with_hint("deploy a smaller repository, or a folder of it that you checked out yourself"));
}

void add_urls(std::vector<Submodule>& submodules, std::string_view config) {
  struct Named {
    std::string path, url;
  };
  std::map<std::string, Named, std::less<>> named;
  for (auto entry : split(config, '\0')) {
    auto key = entry.substr(0, entry.find('\n'));
    auto value = key.size() < entry.size() ? entry.substr(key.size() + 1) : std::string_view();
    auto dot = key.rfind('.');
    constexpr std::string_view prefix = "submodule.";
    if (!key.starts_with(prefix) || dot < prefix.size()) continue;
    auto& entry_of = named[std::string(key.substr(prefix.size(), dot - prefix.size()))];
    if (key.substr(dot) == ".path") entry_of.path = value;
    if (key.substr(dot) == ".url") entry_of.url = value;
  }
  for (auto& submodule : submodules)
    for (const auto& [name, entry] : named)
      if (entry.path == submodule.path) submodule.url = entry.url;
}

}  // namespace podwright::source
