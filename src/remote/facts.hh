// What a host is, found by looking: one constant script, read into HostFacts.
#pragma once

#include <stop_token>
#include <string_view>

#include "model/host.hh"
#include "remote/link.hh"

namespace podwright::remote {

// Errors: those of the link; failed (the other side has no POSIX shell, or is no Linux).
Result<HostFacts> look_at(Link& link, std::stop_token stop = {});

// The script's output, lines of key=value. Unknown keys are skipped. Pure.
HostFacts parse_facts(std::string_view output);

}  // namespace podwright::remote
