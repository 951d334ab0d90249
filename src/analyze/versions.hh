// Which version of a language the repository asks for, from the files that version managers share.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "analyze/folder.hh"

namespace podwright::analyze {

struct VersionFinding {
  std::string constraint;  // as it stands there: "20", "v18.17.0", "lts/iron", ">=3.11"
  std::string file;        // relative to the source
  int line = 0;
};

// From a file of the tool's own (".nvmrc", ".python-version", …), then .tool-versions, then mise.toml, in this folder
// or the nearest one above. `tools` are the names in the shared files: {"node", "nodejs"}.
std::optional<VersionFinding> find_version(const Folder& folder, std::initializer_list<std::string_view> files,
                                           std::initializer_list<std::string_view> tools);

// The first dotted number in a constraint, "v18.17.0" → "18.17.0"; "" when there is none.
std::string version_number(std::string_view constraint);
// Its first `parts` components: ("3.11.4", 2) → "3.11".
std::string version_parts(std::string_view version, int parts);

// The newest of the offered versions (newest first, as "22" or "3.13") that a constraint in npm's, Cargo's, Poetry's or
// PEP 440's notation allows: ranges, ^, ~, ~=, wildcards, ||, commas. Nothing when none fits. An empty constraint
// allows all.
std::optional<std::string> newest_allowed(std::string_view constraint, std::initializer_list<std::string_view> offered);

// Writes version, version_constraint and evidence into a plan.
void apply_version(BuildPlan& plan, const VersionFinding& finding, std::string_view resolved);

}  // namespace podwright::analyze
