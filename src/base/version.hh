// The version of this build, as `podwright version` and the API say it.
#pragma once

#include <string_view>

namespace podwright {

std::string_view version();  // "0.1.0"

}  // namespace podwright
