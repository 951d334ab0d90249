// FakeProxy: the Proxy port in memory, with the states of a real one: targets that take requests, targets that drain.
// Tests script it: open and close sessions on a target, make the next call fail, read the order of what happened.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "route/proxy.hh"

namespace podwright::test {

class FakeProxy final : public Proxy {
 public:
  Status ensure_running(const RouteTable& table) override;
  Status set_route(const RouteSpec& spec) override;
  Status remove_route(const std::string& name) override;
  Result<int> open_sessions(const std::string& route, const std::string& target) override;
  Status release_target(const std::string& route, const std::string& target) override;
  Result<RouteTable> observe() override;
  int http_port() const override { return 8080; }

  void open(const std::string& route, const std::string& target, int sessions = 1);   // as clients would
  void close(const std::string& route, const std::string& target, int sessions = 1);
  void die();                       // the process ends: sessions and draining targets are gone, calls answer unavailable
  void fail_next(Error error);      // the next call that can fail answers this
  std::vector<std::string> log();   // "set shop.production a,b", "remove …", "release shop.production/a"

 private:
  struct State {
    bool alive = false;
    RouteTable routes;
    std::map<std::string, std::set<std::string>> draining;           // route → targets
    std::map<std::pair<std::string, std::string>, int> sessions;     // route, target
    std::optional<Error> failure;
    std::vector<std::string> log;
  };
  static Status ready(State& state);
  static Status put(State& state, const RouteSpec& spec);
  static void drop(State& state, const std::string& name);

  Synced<State> state_;
};

}  // namespace podwright::test
