#include "net/listener.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/text.hh"

namespace podwright::net {

namespace fs = std::filesystem;

namespace {

Result<sockaddr_un> unix_address(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    return fail(error(ErrorCode::invalid, "the path of the socket is longer than {} bytes", sizeof address.sun_path - 1)
                    .at(printable(path.native())));
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

template <class Address>
const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Result<Fd> open_socket(int family) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(ErrorCode::exhausted, "cannot make a socket: {}", std::strerror(errno));
  return fd;
}

// Removes the socket of a server that died; refuses to touch anything else.
Status clear_stale(const fs::path& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode))
    return fail(error(ErrorCode::conflict, "a file that is no socket stands in the way").at(printable(path.native())));
  auto probe = TRY(open_socket(AF_UNIX));
  if (::connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    return fail(error(ErrorCode::conflict, "another process listens here already").at(printable(path.native())));
  if (errno == ECONNREFUSED) ::unlink(path.c_str());
  return {};
}

std::unexpected<Error> bind_failure(const std::string& where) {
  auto code = errno == EADDRINUSE ? ErrorCode::conflict : errno == EACCES ? ErrorCode::denied : ErrorCode::failed;
  return fail(error(code, "cannot listen: {}", std::strerror(errno)).at(printable(where)));
}

union TcpAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

Result<TcpAddress> tcp_address(const std::string& text, int port) {
  TcpAddress out{};
  if (port < 0 || port > 65535) return fail(ErrorCode::invalid, "port {} is not between 0 and 65535", port);
  auto network_port = htons(static_cast<uint16_t>(port));
  if (::inet_pton(AF_INET, text.c_str(), &out.v4.sin_addr) == 1) {
    out.v4.sin_family = AF_INET, out.v4.sin_port = network_port;
  } else if (::inet_pton(AF_INET6, text.c_str(), &out.v6.sin6_addr) == 1) {
    out.v6.sin6_family = AF_INET6, out.v6.sin6_port = network_port;
  } else {
    return fail(ErrorCode::invalid, "'{}' is not a numeric IP address", printable(text));
  }
  return out;
}

}  // namespace

Result<Fd> bind_unix(const fs::path& path) {
  auto address = TRY(unix_address(path));
  TRY(clear_stale(path, address));
  auto fd = TRY(open_socket(AF_UNIX));
  ::fchmod(fd.get(), 0600);  // Linux gives the file the socket's mode, so it is never open to others
  if (::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), 128) != 0)
    return bind_failure(path.native());
  return fd;
}

Result<Fd> bind_tcp(const std::string& text, int port) {
  auto address = TRY(tcp_address(text, port));
  auto fd = TRY(open_socket(address.any.sa_family));
  int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = address.any.sa_family == AF_INET ? sizeof address.v4 : sizeof address.v6;
  if (::bind(fd.get(), &address.any, size) != 0 || ::listen(fd.get(), 128) != 0)
    return bind_failure(fmt::format("{} port {}", text, port));
  return fd;
}

int local_port(int tcp_socket) {
  TcpAddress address{};
  socklen_t size = sizeof address;
  if (::getsockname(tcp_socket, &address.any, &size) != 0) return 0;
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

bool peer_is_ours(int unix_socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(unix_socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace podwright::net
