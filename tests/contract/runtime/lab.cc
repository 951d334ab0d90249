#include "contract/runtime/lab.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "base/fd.hh"

namespace podwright::contract {

using namespace std::chrono_literals;

InstanceSpec Lab::spec(const std::string& suffix, Words command) const {
  InstanceSpec out{.name = installation_ + "-" + suffix, .service = {}, .labels = {}, .network = installation_ + "-net"};
  out.service.name = suffix;
  out.service.image = image();
  out.service.command = std::move(command);
  out.service.port = 8080;
  out.service.limits.memory_bytes = 64 << 20;
  out.labels = {{std::string(kLabelInstallation), installation_}, {std::string(kLabelApp), "lab"},
                {std::string(kLabelEnvironment), "test"}, {std::string(kLabelRelease), "1"}};
  return out;
}

std::vector<std::unique_ptr<Lab>> labs() {
  std::vector<std::unique_ptr<Lab>> out;
  out.push_back(fake_lab());
  if (auto real = podman_lab()) out.push_back(std::move(real));
  return out;
}

bool eventually(Millis limit, const std::function<bool()>& condition) {
  for (auto deadline = Deadline::in(limit);; std::this_thread::sleep_for(5ms)) {
    if (condition()) return true;
    if (deadline.passed()) return false;
  }
}

bool gone_within(pid_t pid, Millis limit) {
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return true;
  pollfd poll{pidfd.get(), POLLIN, 0};
  return ::poll(&poll, 1, static_cast<int>(limit.count())) > 0;
}

bool answers(const Instance& instance) {
  return eventually(5s, [&] {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(instance.host_port));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
    std::string_view request = "GET / HTTP/1.0\r\n\r\n";
    if (::write(fd.get(), request.data(), request.size()) < 0) return false;
    char answer[64] = {};
    return ::read(fd.get(), answer, sizeof answer - 1) > 0 && std::string_view(answer).contains(" 200 ");
  });
}

}  // namespace podwright::contract
