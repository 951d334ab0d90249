#include "support/socket_relay.hh"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace podwright::test {

namespace {

constexpr int kTick = 20;  // ms between looks at faults and the end

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) std::abort();
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Fd listen_on(const std::string& path) {
  ::unlink(path.c_str());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = address_of(path);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd.get(), 16) != 0)
    std::abort();
  return fd;
}

Fd connect_to(const std::string& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = address_of(path);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  return fd;
}

// Moves what is there; false when the connection is over. At most `most` bytes are taken.
bool move(const Fd& from, const Fd& to, long long most, std::atomic<long long>* count) {
  char buffer[32768];
  auto got = ::read(from.get(), buffer, std::min<size_t>(sizeof buffer, static_cast<size_t>(most)));
  if (got <= 0) return false;
  for (ssize_t done = 0; done < got;) {
    auto put = ::send(to.get(), buffer + done, static_cast<size_t>(got - done), MSG_NOSIGNAL);
    if (put <= 0) return false;
    done += put;
  }
  if (count) *count += got;
  return true;
}

}  // namespace

SocketRelay::SocketRelay(std::string path, std::string target)
    : target_(std::move(target)),
      listener_(listen_on(path)),
      acceptor_([this](std::stop_token stop) { accept_loop(stop); }) {}

SocketRelay::~SocketRelay() {
  acceptor_.request_stop();
  acceptor_.join();
  relays_.lock()->clear();
}

void SocketRelay::cut_after(long long bytes) {
  set(Fault::cut, bytes);
}
void SocketRelay::freeze_after(long long bytes) {
  set(Fault::freeze, bytes);
}
void SocketRelay::heal() {
  set(Fault::none, 0);
}

void SocketRelay::set(Fault fault, long long bytes) {
  fault_ = Fault::none;
  sent_ = 0;
  limit_ = bytes;
  fault_ = fault;
}

void SocketRelay::accept_loop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kTick) <= 0) continue;
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client || (fault_ == Fault::cut && is_faulty())) continue;
    relays_.lock()->emplace_back(
        [this, fd = std::move(client)](std::stop_token end) mutable { relay(std::move(fd), end); });
  }
}

void SocketRelay::relay(Fd client, std::stop_token stop) {
  auto target = connect_to(target_);
  while (target && !stop.stop_requested()) {
    bool faulty = is_faulty();
    if (faulty && fault_ == Fault::cut) return;
    pollfd waiting[2] = {{.fd = faulty ? -1 : client.get(), .events = POLLIN, .revents = 0},
                         {.fd = faulty ? -1 : target.get(), .events = POLLIN, .revents = 0}};
    if (::poll(waiting, 2, kTick) <= 0) continue;
    auto most = fault_ == Fault::none ? 1 << 20 : std::max(1LL, limit_ - sent_);
    if (waiting[0].revents && !move(client, target, most, &sent_)) return;
    if (waiting[1].revents && !move(target, client, 1 << 20, nullptr)) return;
  }
}

}  // namespace podwright::test
