// The options of `podman run` that make an instance's container, each with the Quadlet key that says the same. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "export/unit.hh"

namespace podwright::units {

struct Option {
  enum class Syntax {
    raw,  // the key's value is taken as it is
    word  // the key's value is split into words, with quotes and escapes
  };

  std::string flag;           // "--cap-drop"
  std::string value = {};     // "all"; "" for a flag that takes none
  std::string_view key = {};  // "DropCapability"; "" when Quadlet has none and its PodmanArgs says it
  PodmanVersion since = kFirstQuadlet;
  Syntax syntax = Syntax::raw;
  std::string key_value = {};  // where the key says it in another way than the flag; otherwise `value`

  std::string word() const { return value.empty() ? flag : flag + "=" + value; }
};

// In the order in which they are written: who it is, what it may do, what it has, what it is told. Call check() first.
std::vector<Option> container_options(const UnitSpec& spec, const UnitTarget& target);

// What the target cannot give the container.
std::vector<Loss> losses(const UnitSpec& spec, const UnitTarget& target);

enum class Reader { systemd, quadlet };  // who reads the files that we write

// Error{invalid} when no unit can be made of it: see emit().
Status check(const UnitSpec& spec, const UnitTarget& target, Reader reader);

// Whether systemd holds the unit as starting until its health check has passed.
bool waits_for_health(const UnitSpec& spec, const UnitTarget& target);

// The version from which Quadlet's networks and volumes have the names that we give them.
inline constexpr PodmanVersion kNamedResources{4, 7};

}  // namespace podwright::units
