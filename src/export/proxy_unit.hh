// The unit of a server's proxy: HAProxy in a container on the server's own network, owned and started by systemd, with
// a folder of the server as its home (route/unit_home). It starts from that folder's files at boot, with no control
// plane. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "export/unit.hh"

namespace podwright::units {

struct ProxySpec {
  std::string installation;  // lower-case letters and digits
  std::string image;         // the id, 64 hex, of build/haproxy_image; it is on the server already
};

// "pw-<installation>-proxy": the container's name, and the unit's without its ending.
std::string proxy_name(std::string_view installation);

// Its folder on the server, which must exist (0700) before the unit starts: an absolute one for the system manager, one
// relative to the home folder for a user's.
std::string proxy_folder(std::string_view installation, bool rootful);

// Its name, image and command are the same from one Podman to the next, and hold nothing that a user chose. A unit with
// another image is a restart, which cuts every connection. Errors: invalid (a name or an id that is none).
Result<Units> proxy_units(const ProxySpec& spec, const UnitTarget& target);

// What `podman run` is told besides its name, image and command; `folder` is the source of the mount.
std::vector<std::string> proxy_options(std::string_view installation, std::string_view folder, bool rootful);
std::vector<std::string> proxy_command();

}  // namespace podwright::units
