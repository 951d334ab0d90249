// Which files of the source tree a build sees: the ignore file passed to `podman build`. Nothing is written into the tree.
#pragma once

#include <string>
#include <string_view>

namespace podwright::build {

// In .dockerignore's notation, from the tree's own .dockerignore and .gitignore ("" when missing) and what never belongs
// in an image: version control, local dependencies, local secrets. Pure.
std::string ignore_patterns(std::string_view dockerignore, std::string_view gitignore);

}  // namespace podwright::build
