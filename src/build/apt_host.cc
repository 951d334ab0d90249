#include "build/apt_host.hh"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"

namespace podwright::build {

namespace {

// One archive as a sources file names it.
struct Archive {
  std::string uri;
  std::string keyring;
};

bool is_usable(std::string_view uri) { return uri.starts_with("http://") || uri.starts_with("https://"); }

// "deb [signed-by=/k.gpg arch=amd64] http://host/debian bookworm main"
void read_one_line_style(std::string_view text, std::vector<Archive>& found) {
  for (auto line : split_lines(text)) {
    auto words = split_words(line.substr(0, line.find('#')));
    if (words.size() < 3 || words[0] != "deb") continue;
    Archive archive;
    size_t at = 1;
    for (bool options = words[1].starts_with('['); options && at < words.size(); ++at) {
      auto option = words[at].substr(words[at].starts_with('[') ? 1 : 0);
      options = !option.ends_with(']');
      if (!options) option.remove_suffix(1);
      if (option.starts_with("signed-by=")) archive.keyring = option.substr(10);
    }
    if (at < words.size()) archive.uri = words[at];
    found.push_back(archive);
  }
}

// deb822: stanzas of "Key: value", separated by empty lines.
void read_deb822_style(std::string_view text, std::vector<Archive>& found) {
  Archive archive;
  bool enabled = true;
  auto finish = [&] {
    if (enabled && !archive.uri.empty()) found.push_back(archive);
    archive = {}, enabled = true;
  };
  for (auto line : split_lines(text)) {
    if (trim(line).empty()) finish();
    auto colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    auto key = to_lower(line.substr(0, colon));
    auto words = split_words(line.substr(colon + 1));
    if (words.empty()) continue;
    if (key == "uris") archive.uri = words[0];
    if (key == "signed-by" && words[0].starts_with('/')) archive.keyring = words[0];
    if (key == "enabled" && words[0] == "no") enabled = false;
  }
  finish();
}

std::string without_slash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

}  // namespace

AptSources apt_sources_from(const std::map<std::string, std::string>& files) {
  std::vector<Archive> archives;
  for (const auto& [name, text] : files) name.ends_with(".sources") ? read_deb822_style(text, archives) : read_one_line_style(text, archives);
  AptSources sources;
  bool has_mirror = false, has_security = false;
  for (auto& archive : archives) {
    auto uri = without_slash(archive.uri);
    if (!is_usable(uri)) continue;
    if (uri.ends_with("/debian") && !std::exchange(has_mirror, true)) sources.mirror = uri, sources.keyring = archive.keyring;
    if (uri.ends_with("/debian-security") && !std::exchange(has_security, true)) sources.security = uri;
  }
  if (has_mirror && !has_security) sources.security = sources.mirror + "-security";
  return sources;
}

AptSources host_apt_sources() {
  std::map<std::string, std::string> files;
  std::error_code ignored;
  if (auto text = read_file("/etc/apt/sources.list", 1 << 20)) files["sources.list"] = *text;
  for (const auto& entry : fs::directory_iterator("/etc/apt/sources.list.d", ignored))
    if (auto extension = entry.path().extension(); extension == ".list" || extension == ".sources")
      if (auto text = read_file(entry.path(), 1 << 20)) files[entry.path().filename()] = *text;
  auto sources = apt_sources_from(files);
  constexpr auto keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  if (!fs::exists(sources.keyring, ignored)) sources.keyring = fs::exists(keyring, ignored) ? keyring : "";
  return sources;
}

std::vector<std::string> source_lines(const AptSources& sources, std::string_view suite) {
  return {fmt::format("deb {} {} main", sources.mirror, suite), fmt::format("deb {} {}-updates main", sources.mirror, suite),
          fmt::format("deb {} {}-security main", sources.security, suite)};
}

std::vector<std::string> passed_apt_options(std::string_view apt_config_dump) {
  constexpr std::array<std::string_view, 5> passed{"Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::http::Proxy",
                                                   "Acquire::https::Proxy", "Acquire::Retries"};
  std::vector<std::string> options;
  for (auto line : split_lines(apt_config_dump))
    if (auto key = line.substr(0, line.find(' ')); std::ranges::find(passed, key) != passed.end() && line.ends_with(';')) options.emplace_back(line);
  return options;
}

std::vector<std::string> host_apt_options() {
  auto dump = run_ok({.argv = {"apt-config", "dump", "Acquire"}});
  return dump ? passed_apt_options(*dump) : std::vector<std::string>{};
}

}  // namespace podwright::build
