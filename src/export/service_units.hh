// All units of a service that is run by hand, without a control plane: its replicas' and what they share. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/unit.hh"
#include "model/service.hh"

namespace podwright::units {

struct ServiceUnits {
  std::vector<UnitFile> files;        // each once
  std::vector<std::string> services;  // one a replica
  std::vector<Loss> losses;
};

using Emitter = Result<Units> (*)(const UnitSpec&, const UnitTarget&);

struct ServiceSpec {
  std::string app;
  Service service;                                // with the image that is there already
  int host_port = 0;                              // of the first replica, the next ones follow; 0: none is published
  std::map<std::string, std::string> secret_env;  // as in UnitSpec
};

// Labelled as nobody's installation, so that no daemon takes them for its own. Errors: those of emit().
Result<ServiceUnits> service_units(const ServiceSpec& spec, const UnitTarget& target, Emitter emitter);

}  // namespace podwright::units
