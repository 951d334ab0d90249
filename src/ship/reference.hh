// The name and tag that an image gets. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"

namespace podwright::ship {

struct Reference {
  std::string name;  // "localhost/shop", always with the registry it belongs to
  std::string tag;
};

// "localhost/shop:7". Error{invalid} without a registry or a tag, and for what Podman would not take as it stands.
Result<Reference> parse_reference(std::string_view text);

}  // namespace podwright::ship
