#include "route/free_port.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/fd.hh"

namespace podwright::route {

namespace {

// Without SO_REUSEPORT, which would share another's port. SO_REUSEADDR lets it pass connections in TIME_WAIT only.
int bound_port(int wanted) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(wanted));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), raw, size) != 0 || ::listen(fd.get(), 1) != 0) return 0;
  return ::getsockname(fd.get(), raw, &size) == 0 ? ntohs(address.sin_port) : 0;
}

}  // namespace

Result<int> free_port(int preferred) {
  for (int wanted = preferred; wanted < preferred + 100; ++wanted)
    if (int port = bound_port(wanted); port > 0) return port;
  if (int port = bound_port(0); port > 0) return port;
  return fail(ErrorCode::exhausted, "no port of 127.0.0.1 is free: {}", std::strerror(errno));
}

}  // namespace podwright::route
