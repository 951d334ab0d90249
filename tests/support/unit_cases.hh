// What the emitters of units are tried on, and the golden files that say what they must write. A golden file of a unit
// begins with lines "## …": the Podman command that it must produce, whatever the unit's text is.
#pragma once

#include <string>
#include <vector>

#include "export/proxy_unit.hh"
#include "export/unit.hh"
#include "support/systemd_unit.hh"

namespace podwright {

struct UnitCase {
  std::string name;  // folder in tests/golden/export: "quadlet-5.4-everything"
  units::UnitSpec spec;
  units::UnitTarget target;
};

units::UnitSpec plain_shop();       // nothing but defaults and a port
units::UnitSpec everything_shop();  // every field, with values of the nasty kind
std::vector<UnitCase> unit_cases();

struct ProxyUnitCase {
  std::string name;
  units::UnitTarget target;
};
std::vector<ProxyUnitCase> proxy_unit_cases();
units::ProxySpec proxy_spec();

struct UnitGolden {
  std::string command;  // the lines "## …"
  std::string content;
};
UnitGolden read_unit_golden(const std::string& case_name, const std::string& file);
void write_unit_golden(const std::string& case_name, const std::string& file, const UnitGolden& golden);
bool updates_golden();  // PODWRIGHT_UPDATE_GOLDEN is set

std::string command_lines(const PodmanCall& call);  // as they stand in a golden file

}  // namespace podwright
