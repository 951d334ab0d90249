// What the user calls a source: a path of theirs, or a git URL.
#pragma once

#include <string>

namespace podwright::cli {

// The daemon runs elsewhere: paths become absolute, git URLs stay. What exists here is a path, whatever it looks like.
std::string absolute_location(const std::string& location);

}  // namespace podwright::cli
