// The container specification of POST /libpod/containers/create (Podman's SpecGenerator), hardened. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/runtime.hh"

namespace podwright::podman {

// What the machine behind the socket can do.
struct HostFacts {
  bool memory_controller = false;  // cgroup controllers that containers can be limited by
  bool cpu_controller = false;
  bool pids_controller = false;
  bool swap_limit = false;         // a limit on memory plus swap exists too
  bool init = false;               // catatonit is installed
  long long nofile_hard = 1024;    // our own hard limits: a container's may not be above
  long long nproc_hard = 1024;

  // The limits that cannot be set here, in words: "memory", "cpu", "pids".
  std::vector<std::string> limits_missing() const;
};

// From the answer of GET /libpod/info and this machine's files and limits.
HostFacts host_facts(const boost::json::object& info);

// Error{invalid} when something cannot be sent byte for byte (an environment value that is not UTF-8).
Result<boost::json::object> create_spec(const InstanceSpec& spec, const HostFacts& host);

// A 2xx is not proof: Podman ignores what it does not know. Compares the inspected container with what was asked.
// Error{failed} naming the first hardening that did not take.
Status check_created(const InstanceSpec& spec, const boost::json::object& inspected);

}  // namespace podwright::podman
