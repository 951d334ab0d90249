// A real HAProxy, ended with its test: on this machine, in a container, or on a host.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <memory>

#include "base/fs.hh"
#include "base/ids.hh"
#include "base/text.hh"
#include "contract/proxy/server.hh"
#include "route/free_port.hh"
#include "route/haproxy.hh"
#include "support/http_client.hh"
#include "support/http_server.hh"

namespace podwright::test {

enum class Where { here, container, host };

struct RealProxy {
  TempDir folder = TempDir::make("podwright-proxy").value();
  int slots;
  int port = route::free_port(9000 + ::getpid() % 20000).value();  // not one of outgoing connections
  std::unique_ptr<ProxyServer> server;                             // nothing: here
  std::unique_ptr<route::Haproxy> proxy;

  explicit RealProxy(Where where = Where::here, int slot_count = 8) : slots(slot_count) {
    if (where == Where::container) server = container_server(random_hex(8));
    if (where == Where::host) server = host_server(random_hex(8));
    reopen();
  }
  ~RealProxy() { CHECK(proxy->stop()); }

  // As a later daemon would, or another installation.
  void reopen() { proxy = open(server ? server->installation : ""); }
  std::unique_ptr<route::Haproxy> open_as_another() {
    if (!server) REQUIRE(write_file(folder.path() / "haproxy/id", "another", 0600));
    return open("another");
  }

  void kill() {
    if (server) return server->kill_proxy();
    auto master = static_cast<pid_t>(*parse_integer(trim(read_file(folder.path() / "haproxy/pid").value())));
    ::kill(master, SIGKILL);
    ::waitpid(master, nullptr, 0);
  }

  std::string config() {
    return server ? server->reach().read_file("haproxy.cfg").value()
                  : read_file(folder.path() / "haproxy/haproxy.cfg").value();
  }

  std::string mode_of(const std::string& file) {
    if (server) return server->mode_of(file);
    struct stat info{};
    auto found = ::stat((folder.path() / "haproxy" / file).c_str(), &info) == 0;
    return found ? fmt::format("{:o}", info.st_mode & 0777) : "none";
  }

 private:
  std::unique_ptr<route::Haproxy> open(const std::string& installation) {
    if (server)
      return std::make_unique<route::Haproxy>(
          std::make_unique<route::UnitHome>(server->reach()),
          route::Settings{.installation = installation, .listen = {{"0.0.0.0", port}, {"[::]", port}}}, slots);
    REQUIRE(make_directories(folder.path() / "haproxy"));
    REQUIRE(write_file(folder.path() / "haproxy/port", std::to_string(port)));
    return route::Haproxy::open({.state_dir = folder.path(), .listen = {}, .slots = slots}).value();
  }
};

// With PODWRIGHT_TEST_HOST only on that host, whose network the tests are in.
template <class Check>
void on_each_home(Check check) {
  if (has_host()) {
    SUBCASE("on HAProxy on a host") {
      check(Where::host);
    }
    return;
  }
  SUBCASE("on HAProxy") {
    check(Where::here);
  }
  SUBCASE("on HAProxy in a container") {
    check(Where::container);
  }
}

// Asks until the condition holds or ten seconds are over.
template <class Condition>
bool eventually(Condition condition) {
  for (auto deadline = Deadline::in(std::chrono::seconds(10)); !deadline.passed();
       std::this_thread::sleep_for(Millis(10)))
    if (condition()) return true;
  return condition();
}

}  // namespace podwright::test
