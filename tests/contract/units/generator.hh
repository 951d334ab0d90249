// Podman's own Quadlet generator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/unit.hh"

namespace podwright {

struct Generator {
  std::string path;
  units::PodmanVersion version;
};

// Debian 13's, unpacked beside the system, and those that PODWRIGHT_QUADLETS names: "4.9.3=PATH:5.8.0=PATH".
const std::vector<Generator>& generators();

// The services that it makes of these files, by name. A warning or a file that it leaves out is an error.
Result<std::map<std::string, std::string>> generate(const Generator& generator,
                                                    const std::vector<units::UnitFile>& files, bool rootful);

}  // namespace podwright
