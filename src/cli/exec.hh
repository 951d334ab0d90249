// What `podwright exec` turns into.
#pragma once

#include <string>
#include <vector>

namespace podwright::cli {

// podman exec with standard input, and a terminal when we have one.
std::vector<std::string> exec_argv(const std::string& container, const std::vector<std::string>& command, bool terminal);

}  // namespace podwright::cli
