// How OpenSSH is called. Pure: equal settings, equal words.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/fs.hh"
#include "model/host.hh"

namespace podwright::remote {

struct SshTarget {
  SshDestination destination;
  std::string ssh_config;  // -F; empty: the user's own
  fs::path folder;         // of plain characters: ssh expands % and ~ in paths
  Millis connect_limit = std::chrono::seconds(10);

  fs::path control() const { return folder / "m"; }
  fs::path known_hosts() const { return folder / "known_hosts"; }
};

// The name under which the pinned key stands in our known_hosts file, whatever the host is called.
inline constexpr std::string_view kHostKeyAlias = "podwright";

using Argv = std::vector<std::string>;

// Connects, checks the key, logs in, then goes on in the background and exits 0.
Argv master_argv(const SshTarget& target);

// One command over the master. Without a master it fails at once: it never connects by itself.
Argv session_argv(const SshTarget& target, const std::string& remote_command);

// Requests to the master. `remote` is a socket's path or "127.0.0.1:PORT".
Argv forward_argv(const SshTarget& target, const std::string& local_socket, const std::string& remote);
Argv cancel_argv(const SshTarget& target, const std::string& local_socket, const std::string& remote);
Argv exit_argv(const SshTarget& target);

// Connects far enough to write the host's key into target.known_hosts(), then fails to log in.
Argv key_argv(const SshTarget& target);

// Prints what ssh_config says for the destination.
Argv config_argv(const SshTarget& target);

}  // namespace podwright::remote
