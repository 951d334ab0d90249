// Reading systemd's answers. Included by remote/*.cc only.
#pragma once

#include <systemd/sd-bus.h>

#include "remote/systemd.hh"

namespace podwright::remote {

Result<UnitState> read_properties(sd_bus_message* answer);              // a{sv} of a unit, all interfaces
Result<std::vector<UnitState>> read_unit_list(sd_bus_message* answer);  // a(ssssssouso) of ListUnitsByPatterns

}  // namespace podwright::remote
