#include "remote/login_help.hh"

#include <cstdlib>

#include "base/spawn.hh"
#include "base/text.hh"

namespace podwright::remote {

namespace {

std::string home_expanded(std::string_view path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home ? std::string(home) + std::string(path.substr(1)) : std::string(path);
}

bool has_passphrase(const std::string& key_file) {
  auto tried = run({.argv = {"ssh-keygen", "-y", "-P", "", "-f", key_file},
                    .env = {{"LC_ALL", "C"}},
                    .limit = std::chrono::seconds(5)});
  return tried && tried->exit_code != 0 && tried->err.contains("incorrect passphrase");
}

bool agent_has_keys() {
  auto asked = run({.argv = {"ssh-add", "-l"}, .limit = std::chrono::seconds(5)});
  return asked && asked->exit_code == 0;
}

}  // namespace

std::vector<std::string> identity_files(std::string_view config) {
  std::vector<std::string> files;
  for (auto line : split_lines(config))
    if (constexpr std::string_view key = "identityfile "; line.starts_with(key))
      files.push_back(home_expanded(line.substr(key.size())));
  return files;
}

Error with_login_help(Error refused, const SshTarget& target) {
  auto config = run({.argv = config_argv(target), .env = {{"LC_ALL", "C"}}, .limit = std::chrono::seconds(5)});
  if (!config || config->exit_code != 0) return refused;
  for (const auto& file : identity_files(config->out)) {
    if (!has_passphrase(file)) continue;
    refused.message += fmt::format("; the key {} has a passphrase, and {}", printable(file),
                                   agent_has_keys() ? "the agent does not hold it" : "no agent holds it");
    return std::move(refused).with_hint(
        fmt::format("ssh-add {}, in a session whose agent the daemon sees (SSH_AUTH_SOCK when it was started)", file));
  }
  return refused;
}

}  // namespace podwright::remote
