// The parts that Quadlet files and plain units have in common. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "export/unit.hh"

namespace podwright::units {

std::string network_service(std::string_view network);  // "<network>-network.service", as Quadlet calls it
std::string volume_service(std::string_view volume);    // "<volume>-volume.service"

// The services of the instance's network and volumes.
std::vector<std::string> resource_services(const InstanceSpec& instance);

// [Unit] of the container's unit, which needs these services.
std::string unit_section(const UnitSpec& spec, const UnitTarget& target, const std::vector<std::string>& needs);

// The lines of its [Service] that decide how long it may take and how it is started again.
std::string service_lines(const UnitSpec& spec, const UnitTarget& target);

std::string install_section(const UnitTarget& target);

// The header of the files of the instance's network and volumes.
UnitHeader app_header(const InstanceSpec& instance);

// Plain units that make the instance's network and volumes once a boot, unless they are there.
std::vector<UnitFile> resource_units(const InstanceSpec& instance, const UnitTarget& target);

}  // namespace podwright::units
