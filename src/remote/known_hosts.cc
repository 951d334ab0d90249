#include "remote/known_hosts.hh"

#include <cstdlib>

#include "base/text.hh"

namespace podwright::remote {

namespace {

std::string expanded(std::string_view path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home ? std::string(home) + std::string(path.substr(1)) : std::string(path);
}

std::string_view key_type(std::string_view key) {
  return key.substr(0, key.find(' '));
}

}  // namespace

Lookup known_hosts_lookup(std::string_view config) {
  std::string host, port = "22", alias;
  Lookup lookup;
  for (auto line : split_lines(config)) {
    auto words = split_words(line);
    if (words.size() < 2) continue;
    if (words[0] == "hostname") host = words[1];
    if (words[0] == "port") port = words[1];
    if (words[0] == "hostkeyalias") alias = words[1];
    if (words[0] == "userknownhostsfile" || words[0] == "globalknownhostsfile")
      for (size_t i = 1; i < words.size(); ++i) lookup.files.push_back(expanded(words[i]));
  }
  lookup.name = !alias.empty() ? alias : port == "22" ? host : "[" + host + "]:" + port;
  return lookup;
}

std::vector<KnownKey> parse_known_keys(std::string_view lines) {
  std::vector<KnownKey> found;
  for (auto line : split_lines(lines)) {
    auto words = split_words(line);
    if (words.empty() || words[0].starts_with('#') || words[0] == "@cert-authority") continue;
    size_t first = words[0] == "@revoked" ? 2 : 1;
    if (words.size() >= first + 2)
      found.push_back({.key = fmt::format("{} {}", words[first], words[first + 1]), .revoked = first == 2});
  }
  return found;
}

KnownAs known_as(std::string_view offered, const std::vector<KnownKey>& known) {
  auto answer = KnownAs::unknown;
  for (const auto& key : known) {
    if (key.key == offered && key.revoked) return KnownAs::revoked;
    if (key.revoked || key_type(key.key) != key_type(offered) || answer == KnownAs::same) continue;
    answer = key.key == offered ? KnownAs::same : KnownAs::different;
  }
  return answer;
}

}  // namespace podwright::remote
