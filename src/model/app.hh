// App: what a user calls one application in one environment, and its releases.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "model/service.hh"

namespace podwright {

// An app in an environment; the pair is the unit that is deployed, routed and rolled back.
struct AppKey {
  std::string app;
  std::string environment;

  auto operator<=>(const AppKey&) const = default;
  std::string text() const { return app + "." + environment; }  // the route's name
};

// What the user set and what outlives a deployment: the next one starts from it.
struct AppSettings {
  std::map<std::string, std::string> env;  // kept sealed in the store
  std::vector<std::string> domains;
  int replicas = 0;      // 0: what the release's service says
  bool stopped = false;  // `podwright stop`
};

struct App {
  AppKey key;
  AppSettings settings;
  int active_release = 0;  // the newest that went live; a place may lag behind it (see Placement); 0: none
  Time created_at{};
  Time updated_at{};
};

// Where a release of an app runs: a place is a server, by the name that `host add` gave it, or this machine ("").
struct Placement {
  std::string host;
  int release = 0;   // takes the traffic there; 0: nothing does yet, but a deployment may have left something
  int previous = 0;  // took it before; 0: none
};

// What users call a place, and back: this machine is "local".
std::string host_of_place(std::string_view place);
std::string place_of_host(std::string_view host);

struct Release {
  AppKey key;
  int number = 0;
  std::string deployment;
  Service service;  // image included; sealed in the store
  std::string git_sha;
  std::string note;  // "rollback to 5"
  Time created_at{};
};

// The host name that every app gets: "shop.localhost", "staging.shop.localhost".
std::string local_host_name(const AppKey& key);

}  // namespace podwright
