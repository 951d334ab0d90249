// Units: one instance of a service as files for systemd, so that a server runs it with no control plane: Quadlet files
// where Podman has that generator (4.4), plain systemd units below. The container is the one that podman/spec makes.
// Pure: nothing is written, started or asked here.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "deploy/runtime.hh"
#include "model/loss.hh"

namespace podwright::units {

enum class AutoUpdate {
  none,      // podman auto-update leaves it alone
  registry,  // restart when the registry has a newer image of this name
  local,     // restart when the local image of this name changed
};

struct UnitSpec {
  InstanceSpec
      instance;  // service.image is what `podman run` is given: an image id, a digest or a name that is there already
  int host_port = 0;  // on 127.0.0.1, fixed, so that a host that rebooted serves by itself; 0: nothing is published
  // Variables whose value is a Podman secret of the host: KEY → name of the secret. Their values never stand in a unit
  // or an argv. A key here wins over the same key in service.env.
  std::map<std::string, std::string> secret_env;
  AutoUpdate auto_update = AutoUpdate::none;
};

struct PodmanVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const PodmanVersion&) const = default;
};

inline constexpr PodmanVersion kFirstQuadlet{4, 4};

// "5.4.2", "5.4.2-dev", "4.3" → the version. Error{invalid} for anything else.
Result<PodmanVersion> parse_podman_version(std::string_view text);

// What the host can do, as somebody who looked at it says. The defaults are those of an ordinary server.
struct UnitTarget {
  PodmanVersion podman{5, 4};
  int systemd = 0;                              // its version; 0: not known, then nothing newer than 250 is used
  bool rootful = false;                         // a unit of the system manager; otherwise of a user's, which lingers
  std::string podman_path = "/usr/bin/podman";  // for plain units; Quadlet knows its own
  bool memory_controller = true;                // cgroup controllers that its containers can be limited by
  bool cpu_controller = true;
  bool pids_controller = true;
  bool swap_limit = true;  // a limit on memory plus swap exists too
  bool init = true;        // catatonit is installed
  // network-online.target is reached there. Where nothing wants it, a user's unit that waits for it starts 90 s late.
  bool network_online = false;
  long long nofile_hard = 0;  // hard limits of the account's units; 0: not known
  long long nproc_hard = 0;
};

struct UnitFile {
  std::string name;     // "pw-….container", "pw-….service": file_folder() says where it belongs
  std::string content;  // holds the plain environment: write it with mode 0600
  bool operator==(const UnitFile&) const = default;
};

struct Units {
  // The container's unit and those of its network and volumes. Replicas of one app share the latter, byte for byte.
  std::vector<UnitFile> files;
  std::string service;  // what systemctl starts and stops: "pw-….service"
  bool enable = false;  // `systemctl enable` makes it start at boot; Quadlet's units do so by themselves
  std::vector<Loss> losses;
};

// Quadlet files or plain units, as the target's Podman asks for. Errors: invalid, when a name cannot be a unit's, when
// a text can reach no container byte for byte (not UTF-8, a NUL), or when all of it is too long for a unit (1 MiB a
// line).
Result<Units> emit(const UnitSpec& spec, const UnitTarget& target);
Result<Units> quadlet_units(const UnitSpec& spec, const UnitTarget& target);  // also Error{invalid} below kFirstQuadlet
Result<Units> systemd_units(const UnitSpec& spec, const UnitTarget& target);

// Where a file of this name belongs: an absolute folder for the system manager, one relative to the home folder for a
// user's. Quadlet reads .container, .network and .volume files; systemd reads the others.
std::string file_folder(std::string_view file_name, bool rootful);

// What the first line of each file says about it, "# podwright {…}": how we know our units from others'.
struct UnitHeader {
  Labels labels;      // the instance's; the application's in a network's or volume's file
  int host_port = 0;  // 0 in a network's or volume's file
  bool operator==(const UnitHeader&) const = default;
};
std::string header_line(const UnitHeader& header);                  // ends with a newline
std::optional<UnitHeader> read_header(std::string_view unit_text);  // nothing for a file that is not ours

}  // namespace podwright::units
