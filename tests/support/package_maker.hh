// Packages made by hand, so that a test can make any mistake in them.
#pragma once

#include <string>
#include <vector>

#include "package/description.hh"

namespace podwright::test {

struct PackageEntry {
  std::string path;
  std::string content;
  std::string link = {};  // a symbolic link to this instead
};

// A right package of an image with two small layers, manifest.json first.
struct MadePackage {
  package::Description description;
  std::vector<PackageEntry> entries;  // behind manifest.json
};
MadePackage small_package();

// The bytes of a package file with this manifest and these entries, whatever they say.
std::string package_bytes(const std::string& manifest, const std::vector<PackageEntry>& entries);
std::string package_bytes(const MadePackage& made);

}  // namespace podwright::test
