// A tiny image for tests with real Podman, made from Debian's busybox-static: localhost/podwright-test/busybox. It is
// made once and left in place: 2 MB that the next test run reuses.
#pragma once

#include <string>

#include "base/result.hh"
#include "podman/client.hh"

namespace podwright {

inline constexpr const char* kBusyboxImage = "localhost/podwright-test/busybox:1";

Result<std::string> ensure_busybox_image(podman::Client& client);  // its id

}  // namespace podwright
