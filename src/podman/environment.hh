// A usable Podman on this machine: its service's socket and, where the machine needs it, a containers.conf of our own.
#pragma once

#include <string>
#include <vector>

#include "base/fs.hh"
#include "base/result.hh"

namespace podwright::podman {

struct Environment {
  std::string socket_path;
  std::string containers_conf;  // for CONTAINERS_CONF of `podman build`; empty: Podman's own configuration is fine
  std::string version;          // "4.3.1"
};

// Finds or makes it: the given socket, else one that we started earlier, else the user's or the system's, else
// `podman system service` started detached, so that it outlives us and the next daemon finds it. Idempotent: call it
// again when Podman's service died. A socket counts when it answers a ping within 2 s. Takes up to 15 s at worst.
// Errors: not_found (no podman), unavailable (too old, hung, does not start); each says what to install or do.
Result<Environment> prepare(const fs::path& state_dir, const std::string& given_socket = "");

// What decides whether Podman's defaults work here.
struct MachineFacts {
  bool rootful = false;
  bool cgroup_v2 = true;          // the unified hierarchy is at /sys/fs/cgroup
  bool has_crun = false;
  bool has_runc = false;
  bool may_raise_limits = true;   // CAP_SYS_RESOURCE
  bool pids_controller = true;    // containers can be limited in processes
  long long nofile_hard = 1 << 20;
  long long nproc_hard = 1 << 20;
};
MachineFacts machine_facts();

// What containers.conf must say here beyond Podman's defaults; all empty when they work. Pure.
struct Overrides {
  std::string runtime;                  // crun refuses the old cgroup hierarchy
  std::vector<std::string> ulimits;     // rootful Podman asks for 1048576 of each, which fails below that
  bool no_pids_limit = false;           // Podman asks for 2048 processes, which fails without the controller
  bool empty() const { return runtime.empty() && ulimits.empty() && !no_pids_limit; }
};
Overrides overrides_for(const MachineFacts& facts);

// The user's configuration files (TOML texts, later ones win) with our overrides where they do not speak themselves:
// Podman reads CONTAINERS_CONF instead of the others. Error{invalid} when one of them is not TOML. Pure.
Result<std::string> containers_conf(const std::vector<std::string>& texts, const Overrides& overrides);

// Error{unavailable} below 4.3.
Status check_version(const std::string& version);

}  // namespace podwright::podman
