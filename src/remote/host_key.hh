// The host key that a machine shows, and whether to trust it. A key is never accepted silently: it is pinned when the
// user's own known_hosts has it, when the user named its fingerprint, or when the user said that a new key may be
// accepted.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hh"
#include "base/fs.hh"
#include "base/result.hh"

namespace podwright::remote {

enum class KnownAs {
  unknown,    // the user's known_hosts have nothing about this host
  same,       // they have this key
  different,  // they have another key of the host: somebody may be in between
  revoked,    // they say that this key must not be trusted
};

struct OfferedKey {
  std::string key;          // "ssh-ed25519 AAAA…"
  std::string fingerprint;  // "SHA256:…"
  KnownAs known = KnownAs::unknown;
  std::string known_fingerprints;  // for `different`: those they have
};

// Connects far enough to see the key (through jump hosts, as ssh_config says), logs in to nothing, and looks it up.
// `scratch` is a private folder of plain characters. Errors: those of connecting (link.hh).
Result<OfferedKey> look_at_host_key(const std::string& destination, const std::string& ssh_config,
                                    const fs::path& scratch, Millis limit);

struct Trust {
  std::string fingerprint;  // that the user named
  bool accept_new = false;
};
// The key to pin, or Error{denied} that explains. Pure.
Result<std::string> decide_trust(const OfferedKey& offered, const Trust& trust);

}  // namespace podwright::remote
