// Which limits this machine's cgroups can hold for a build.
#pragma once

namespace podwright::build {

struct Controllers {
  bool memory = false;
  bool cpu = false;
};

// Looked up once: version 1 hierarchies, or what version 2 delegates to this user.
Controllers build_controllers();

}  // namespace podwright::build
