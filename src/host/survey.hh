// What of ours is installed on a server: our unit files by their first lines, and the ports that are taken there. Pure
// readers of what the server's own tools print, and the decisions that follow.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "export/unit.hh"

namespace podwright::host {

struct InstalledUnit {
  std::string file;          // "pw-….container", "pw-….service", "pw-….network"
  units::UnitHeader header;
  std::string hash;          // sha256 of the whole file: tells an edited one

  std::string instance() const;  // the container that it makes; "" for a file of a network or a volume
};

// Reads what kSurveyScript prints: for each file a line "HASH NAME" and then its first line. Files that are not ours
// (no header, or another installation's) are left out.
std::vector<InstalledUnit> read_survey(std::string_view printed, std::string_view installation);

// The local ports in what /proc/net/tcp and tcp6 say.
std::set<int> read_taken_ports(std::string_view proc_net_tcp);

// A port of 20000…29999, below those of outgoing connections: the same for the same name, unless it is taken.
// Error{exhausted} when all are.
Result<int> choose_port(std::string_view instance, const std::set<int>& taken);

// "pw-<installation>-<app>-<environment>-<release>-" + KEY: the secrets of one release. Keys hold no '-'.
std::string secret_prefix(const Labels& labels);

}  // namespace podwright::host
