// A real HAProxy in a state folder of its own, ended with its test.
#pragma once

#include <doctest/doctest.h>

#include <memory>

#include "base/fs.hh"
#include "route/free_port.hh"
#include "route/haproxy.hh"
#include "support/http_client.hh"
#include "support/http_server.hh"

namespace podwright::test {

struct RealProxy {
  TempDir folder = TempDir::make("podwright-proxy").value();
  std::unique_ptr<route::Haproxy> proxy;

  explicit RealProxy(int slots = 8) { reopen(slots); }
  ~RealProxy() { CHECK(proxy->stop()); }

  // As a later daemon would.
  void reopen(int slots = 8) {
    if (!proxy) {
      // Not 8080, which another program of this machine may take any time, nor a port of outgoing connections.
      REQUIRE(make_directories(folder.path() / "haproxy"));
      REQUIRE(write_file(folder.path() / "haproxy/port", std::to_string(route::free_port(9000 + ::getpid() % 20000).value())));
    }
    proxy = route::Haproxy::open({.state_dir = folder.path(), .listen = {}, .slots = slots}).value();
  }
};

// Asks until the condition holds or ten seconds are over.
template <class Condition>
bool eventually(Condition condition) {
  for (auto deadline = Deadline::in(std::chrono::seconds(10)); !deadline.passed(); std::this_thread::sleep_for(Millis(10)))
    if (condition()) return true;
  return condition();
}

}  // namespace podwright::test
