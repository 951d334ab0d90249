// Listening sockets, made safely.
#pragma once

#include <filesystem>
#include <string>

#include "base/fd.hh"
#include "base/result.hh"

namespace podwright::net {

// Non-blocking and close-on-exec. Errors as in HttpServer::listen_unix and listen_tcp.
Result<Fd> bind_unix(const std::filesystem::path& path);
Result<Fd> bind_tcp(const std::string& address, int port);

int local_port(int tcp_socket);

// Whether the process at the other end of a unix socket runs as our user or root.
bool peer_is_ours(int unix_socket);

}  // namespace podwright::net
