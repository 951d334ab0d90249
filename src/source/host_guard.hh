// Which hosts a git URL may reach. A URL comes from outside; the daemon's own network must not be reachable through it.
#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright::source {

// Whether the text is an IP address in any form that the resolver takes for one ("127.1", "0x7f000001", "::1").
bool is_address_literal(std::string_view host);
bool is_loopback_literal(std::string_view host);

// Whether an address belongs to the public internet: not loopback, private, link-local, shared (100.64/10), multicast,
// reserved or documentation, also when it is wrapped in IPv6 (mapped, NAT64, 6to4). Source: the IANA special-purpose registries.
bool is_public(const in_addr& address);
bool is_public(const in6_addr& address);

// By the text alone. Error{denied} for a literal that is not public and for localhost and its kin.
Status check_host_name(const std::string& host);

// The addresses that the name has now, each of them public. Error{denied} when one is not, Error{unavailable} when the
// name does not resolve. Waits for the system's resolver, which has its own limits (tens of seconds at worst).
Result<std::vector<std::string>> resolve_public(const std::string& host);

}  // namespace podwright::source
