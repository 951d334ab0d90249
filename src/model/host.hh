// Host: a machine that runs applications, reached by SSH (or this one), and what was found out about it.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright {

// The destination of the machine that the daemon runs on: no SSH.
inline constexpr std::string_view kLocalHost = "local";

// What a look at a machine found. Texts are empty and numbers 0 where there was nothing to find.
struct HostFacts {
  std::string os;      // "Debian GNU/Linux 13 (trixie)"
  std::string arch;    // as uname says: "x86_64", "aarch64"
  std::string kernel;  // "6.12.48"
  std::string user;
  long long uid = 0;
  std::string home;
  std::string data_folder;  // where we keep files there: <home>/.local/share/podwright, or /var/lib/podwright for root
  int cpus = 0;
  long long memory_bytes = 0;

  std::string podman_version;  // "5.4.2"
  std::string podman_problem;  // what `podman info` said when it failed
  std::string podman_socket;   // where the user's service listens, or would
  bool podman_socket_active = false;
  bool podman_socket_enabled = false;  // at boot
  bool quadlet = false;                // systemd runs Podman's generator for this user
  std::string network_backend;         // "netavark", "cni"
  bool has_pasta = false;
  bool has_slirp4netns = false;
  bool has_uidmap = false;
  long long subuids = 0;  // how many belong to the user
  long long subgids = 0;
  bool has_haproxy = false;
  bool has_init = false;  // catatonit, which reaps orphans in a container

  int systemd_version = 0;               // 0: systemd is not PID 1
  std::string manager_state;             // of the user's manager, or the system's for root: "running", "degraded"
  std::string bus_socket;                // that manager's bus
  bool linger = false;                   // the user's units start at boot and outlive the login; always true for root
  int cgroup_version = 0;                // 1 (also hybrid) or 2
  std::vector<std::string> controllers;  // that the manager may use: "cpu", "memory", "pids"
  int first_user_port = 1024;            // lowest port that an unprivileged user may bind

  std::string storage;  // Podman's, and its file system
  long long free_bytes = 0;
  long long total_bytes = 0;
  long long skew_ms = 0;  // its clock less ours

  bool is_root() const { return uid == 0; }
  bool has_systemd() const { return systemd_version > 0 && !manager_state.empty(); }
};

boost::json::object to_json(const HostFacts& facts);
HostFacts host_facts_from_json(const boost::json::object& json);  // the inverse; tolerates what is missing

struct Host {
  std::string name;
  std::string destination;  // "user@host", "user@host:port", an alias of ssh_config, or kLocalHost
  std::map<std::string, std::string> labels;
  std::string host_key;            // pinned: "ssh-ed25519 AAAA…"; empty for kLocalHost
  std::optional<HostFacts> facts;  // of the last look that succeeded
  std::optional<Time> checked_at;
  Time added_at{};

  bool is_local() const { return destination == kLocalHost; }
};

boost::json::object to_json(const Host& host);  // with the key's fingerprint beside the key

// Allow-lists; Error{invalid}.
Status check_host_name(std::string_view name);  // DNS label of at most 40, like an application's
Status check_label(std::string_view key,
                   std::string_view value);  // key [a-z0-9]([a-z0-9._/-]*[a-z0-9])?, value [A-Za-z0-9._-]*; 63 each
Result<std::map<std::string, std::string>> parse_labels(std::string_view text);  // "role=web,zone=a"

struct SshDestination {
  std::string user;  // empty: ssh_config or the local user's name decides
  std::string host;  // name, alias, IPv4 address, or IPv6 address without brackets
  int port = 0;      // 0: ssh_config decides, else 22
};
// [user@]host[:port], an IPv6 address in brackets when a port follows. Never option-like, no zone, no shell characters.
Result<SshDestination> parse_ssh_destination(std::string_view text);

std::string host_name_for(
    const SshDestination& destination);  // "web1" for "deploy@web1.example.com"; passes check_host_name

// "SHA256:…" of a public key as OpenSSH writes it ("ssh-ed25519 AAAA…"). Error{invalid} for anything else.
Result<std::string> fingerprint(std::string_view public_key);
Status check_fingerprint(std::string_view text);  // "SHA256:" and 43 characters of base64

}  // namespace podwright
