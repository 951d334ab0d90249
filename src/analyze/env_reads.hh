// Which environment variables the application reads: from its code, .env.example and its kin.
#pragma once

#include <string_view>
#include <vector>

#include "analyze/folder.hh"
#include "model/build_plan.hh"

namespace podwright::analyze {

// Sorted by name, each once, at its first place. PORT and what the platform itself sets are left out.
std::vector<EnvNeed> find_env_needs(const Folder& folder, std::string_view language);

}  // namespace podwright::analyze
