#include "route/control.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/fd.hh"

namespace podwright::route {

namespace {

constexpr size_t kLongestAnswer = 16 << 20;

std::unexpected<Error> broken(const std::string& name) {
  return fail(ErrorCode::unavailable, "the proxy's socket {} broke off: {}", name, std::strerror(errno));
}

// Through a descriptor of the folder: a socket address holds 107 bytes, a state folder's path may have more.
Result<Fd> connect_in(const std::filesystem::path& folder, const std::string& name) {
  Fd place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return fail(ErrorCode::not_found, "there is no proxy in {}", folder.native());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto path = fmt::format("/proc/self/fd/{}/{}", place.get(), name);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return broken(name);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  if (errno == ENOENT || errno == ECONNREFUSED) return fail(ErrorCode::not_found, "no proxy listens on {}", name);
  return broken(name);
}

Status wait_until(int fd, short event, Deadline deadline, const std::string& name) {
  pollfd poll{fd, event, 0};
  if (::poll(&poll, 1, static_cast<int>(deadline.left().count())) > 0) return {};
  return fail(ErrorCode::timeout, "the proxy did not answer on {} in time", name);
}

Status send_all(int fd, std::string_view text, Deadline deadline, const std::string& name) {
  while (!text.empty()) {
    TRY(wait_until(fd, POLLOUT, deadline, name));
    auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return broken(name);
    if (sent > 0) text.remove_prefix(static_cast<size_t>(sent));
  }
  ::shutdown(fd, SHUT_WR);  // the master's socket answers and closes only then
  return {};
}

// What came before it ended is in `answer`, also when it ended badly.
Status exchange(int fd, std::string_view command, Deadline deadline, const std::string& name, std::string& answer) {
  TRY(send_all(fd, std::string(command) + "\n", deadline, name));
  char buffer[16384];
  for (;;) {
    TRY(wait_until(fd, POLLIN, deadline, name));
    auto got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return broken(name);
    if (got == 0) return {};
    answer.append(buffer, static_cast<size_t>(got));
    if (answer.size() > kLongestAnswer) return fail(ErrorCode::exhausted, "the proxy's answer on {} is too long", name);
  }
}

}  // namespace

Result<std::string> ControlSocket::ask(std::string_view command, Millis limit) const {
  auto deadline = Deadline::in(limit);
  auto fd = connect_in(folder_, name_);
  bool is_forwarded = kind_ == SocketKind::forwarded;
  if (!fd && is_forwarded)
    return fail(ErrorCode::unavailable, "nobody carries {} to the host: {}", name_, fd.error().message);
  std::string answer;
  auto told = exchange(TRY(std::move(fd)).get(), command, deadline, name_, answer);
  bool has_ended = told || told.error().code == ErrorCode::unavailable;
  if (is_forwarded && has_ended && answer.empty())
    return fail(ErrorCode::not_found, "no proxy listens on {} of the host", name_);
  TRY(told);
  return answer;
}

}  // namespace podwright::route
