#include "remote/host_key.hh"

#include <algorithm>

#include "base/spawn.hh"
#include "base/text.hh"
#include "model/host.hh"
#include "remote/known_hosts.hh"
#include "remote/ssh_argv.hh"
#include "remote/ssh_failure.hh"

namespace podwright::remote {

namespace {

Result<std::string> offered_key(const SshTarget& target, const std::string& destination, Millis limit) {
  std::error_code ignored;
  fs::remove(target.known_hosts(), ignored);
  auto tried = TRY(run({.argv = key_argv(target), .env = {{"LC_ALL", "C"}}, .directory = "/", .limit = limit}));
  auto written = read_file(target.known_hosts(), 64 << 10);
  fs::remove(target.known_hosts(), ignored);
  if (!written || written->empty())
    return fail(ssh_failure({.name = destination, .destination = destination}, tried.err));
  auto words = split_words(split_lines(*written).front());  // "podwright ssh-ed25519 AAAA…"
  if (words.size() < 3) return fail(ErrorCode::failed, "ssh wrote no key of {}", destination);
  return fmt::format("{} {}", words[1], words[2]);
}

// What the user's known_hosts say about the name that ssh would look up.
Result<std::vector<KnownKey>> known_keys(const SshTarget& target) {
  auto config = TRY(run_ok({.argv = config_argv(target), .env = {{"LC_ALL", "C"}}, .limit = std::chrono::seconds(5)}));
  auto lookup = known_hosts_lookup(config);
  std::vector<KnownKey> found;
  for (const auto& file : lookup.files) {
    auto lines = run({.argv = {"ssh-keygen", "-F", lookup.name, "-f", file},
                      .env = {{"LC_ALL", "C"}},
                      .limit = std::chrono::seconds(5)});
    if (!lines || lines->exit_code != 0) continue;  // no such file, or nothing in it
    std::ranges::move(parse_known_keys(lines->out), std::back_inserter(found));
  }
  return found;
}

}  // namespace

Result<OfferedKey> look_at_host_key(const std::string& destination, const std::string& ssh_config,
                                    const fs::path& scratch, Millis limit) {
  SshTarget target{.destination = TRY(parse_ssh_destination(destination)),
                   .ssh_config = ssh_config,
                   .folder = scratch,
                   .connect_limit = limit};
  OfferedKey offered{.key = TRY(offered_key(target, destination, limit + std::chrono::seconds(5)))};
  offered.fingerprint = TRY(fingerprint(offered.key));
  auto known = TRY(known_keys(target));
  offered.known = known_as(offered.key, known);
  for (const auto& key : known)
    if (offered.known == KnownAs::different)
      offered.known_fingerprints +=
          (offered.known_fingerprints.empty() ? "" : ", ") + fingerprint(key.key).value_or("?");
  return offered;
}

Result<std::string> decide_trust(const OfferedKey& offered, const Trust& trust) {
  if (offered.known == KnownAs::revoked)
    return fail(error(ErrorCode::denied, "your known_hosts say that the key {} is revoked", offered.fingerprint)
                    .with_hint("ask the host's administrator"));
  if (!trust.fingerprint.empty() && trust.fingerprint != offered.fingerprint)
    return fail(error(ErrorCode::denied, "the host shows the key {}, not {}", offered.fingerprint, trust.fingerprint)
                    .with_hint("somebody may be in between; compare on its console: ssh-keygen -lf "
                               "/etc/ssh/ssh_host_ed25519_key.pub"));
  if (!trust.fingerprint.empty() || offered.known == KnownAs::same) return offered.key;
  if (offered.known == KnownAs::different)
    return fail(error(ErrorCode::denied, "the host shows the key {}, but your known_hosts have {}", offered.fingerprint,
                      offered.known_fingerprints)
                    .with_hint("somebody may be in between; when the machine was set up anew, compare on its console "
                               "and give --host-key " +
                               offered.fingerprint));
  if (trust.accept_new) return offered.key;
  return fail(
      error(ErrorCode::denied, "the host's key {} is not known here", offered.fingerprint)
          .with_hint(
              "compare it with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host, then give --host-key " +
              offered.fingerprint + "; or --accept-new-key when you trust the network in between"));
}

}  // namespace podwright::remote
