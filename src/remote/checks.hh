// What a host's facts mean for us: what is fine, what limits, what stops, and the exact command that mends it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/host.hh"
#include "remote/link.hh"

namespace podwright::remote {

enum class CheckStatus { ok, warn, fail };
std::string_view name(CheckStatus status);

struct Check {
  std::string name;  // "podman", "linger", …: stable, for --json
  CheckStatus status = CheckStatus::ok;
  std::string detail;    // one sentence
  std::string hint;      // the command, for an administrator unless fixable
  bool fixable = false;  // fix() can do it as this user
};

std::vector<Check> check(const HostFacts& facts, std::string_view our_arch);  // pure
bool is_usable(const std::vector<Check>& checks);                             // none fails
boost::json::object to_json(const Check& check);

// Does what an unprivileged user may do of it (podman.socket, linger). What could not be mended stays in the next look.
Status fix(Link& link, const std::vector<Check>& checks);

}  // namespace podwright::remote
