// Reading what OpenSSH's tools print about known hosts. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "remote/host_key.hh"

namespace podwright::remote {

struct Lookup {
  std::string name;                // what stands in known_hosts: "web1", "[web1]:2222" or a HostKeyAlias
  std::vector<std::string> files;  // the user's and the system's, home expanded
};
Lookup known_hosts_lookup(std::string_view config);  // from the output of `ssh -G`

struct KnownKey {
  std::string key;  // "ssh-ed25519 AAAA…"
  bool revoked = false;
};
std::vector<KnownKey> parse_known_keys(
    std::string_view lines);  // from the output of `ssh-keygen -F`; certificate authorities are left out

// A known key of another type says nothing about the offered one.
KnownAs known_as(std::string_view offered, const std::vector<KnownKey>& known);

}  // namespace podwright::remote
