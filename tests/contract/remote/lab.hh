// The hosts of a contract test: this machine, and those that tests/support/fleet.py raised.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fs.hh"
#include "remote/link.hh"

namespace podwright::remote {

struct LabHost {
  std::string release;  // "" for this machine
  std::string mode;     // "rootless", "rootful"
  LinkSettings settings;

  bool is_real() const { return !release.empty(); }
  std::string text() const { return is_real() ? release + " " + mode : "local"; }
};

// Their folders are in `scratch`.
std::vector<LabHost> lab_hosts(const fs::path& scratch);

}  // namespace podwright::remote
