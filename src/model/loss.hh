// Loss: something that a user asked for and a target cannot express. It is returned and shown, never dropped silently.
#pragma once

#include <string>

namespace podwright {

struct Loss {
  std::string field;   // "deployment.kubernetes"
  std::string origin;  // "podwright.yaml:3:5"
  std::string reason;  // one sentence, without a final full stop
};

}  // namespace podwright
