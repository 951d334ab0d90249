// Reads the kernel's socket tables: /proc/PID/net/tcp and tcp6, described in the kernel's networking/proc_net_tcp.rst.
#pragma once

#include <string_view>
#include <vector>

#include "health/probe.hh"

namespace podwright {

// The listening sockets of one table, in its order; lines that are none of it are skipped. Pure.
std::vector<Listening> parse_listening(std::string_view table);

}  // namespace podwright
