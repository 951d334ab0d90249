// Unit files of ours on a server: putting them where systemd reads them, and taking them away.
#pragma once

#include <string>
#include <vector>

#include "export/unit.hh"
#include "host/connection.hh"

namespace podwright::host {

// Writes the files, tells systemd and, for plain units, makes the service start at boot. Starts nothing. Idempotent.
Status install_units(Connection& connection, Server& server, const units::Units& units);

// Removes files by name and tells systemd. What runs from them must have been stopped before. Idempotent.
Status remove_units(Connection& connection, Server& server, const std::vector<std::string>& files);

}  // namespace podwright::host
