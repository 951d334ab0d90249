// The table of base variants: what each adds to its parent.
#pragma once

#include <span>
#include <string_view>

namespace podwright::build {

// A configuration file that is written into an image.
struct ServerFile {
  std::string_view path;
  std::string_view content;
};

struct Variant {
  std::string_view name;
  std::string_view parent;    // a variant; "" for the root itself
  std::string_view packages;  // Debian packages, separated by spaces
  std::string_view version;   // of the language in Debian, as people ask for it; "" when it has none
  std::string_view setup;     // shell text run as root after the packages and files, one command a line
  std::span<const ServerFile> files = {};
};

std::span<const Variant> variants();
const Variant* find_variant(std::string_view name);

}  // namespace podwright::build
