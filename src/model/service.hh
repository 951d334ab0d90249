// Service: everything that decides how one container of an application runs. Compose files, analysed repositories and
// templates all become this; deploy, Quadlet, systemd, Helm and Compose export read it.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright {

enum class ProbeKind { http, tcp, exec };
std::string_view name(ProbeKind kind);

// When a release may take traffic, and what is watched afterwards.
struct HealthCheck {
  ProbeKind kind = ProbeKind::http;
  std::string path = "/";             // http: any status below 500 is an answer, unless path was set by the user: then 2xx and 3xx
  bool path_is_explicit = false;
  std::vector<std::string> command;   // exec: argv in the container
  Millis interval = std::chrono::seconds(5);        // between probes after go-live
  Millis timeout = std::chrono::seconds(3);         // of one probe
  Millis start_period = std::chrono::seconds(60);   // how long it may take to answer for the first time
  Millis stability = Millis(100);                   // healthy and running for this long before the switch
  int retries = 3;                                  // failures in a row that make a live instance unhealthy
  bool restart = true;                              // one that stays unhealthy is started again
};

struct Limits {
  int cpu_millis = 0;           // 0: no limit
  long long memory_bytes = 0;   // 0: no limit
  int pids = 512;
  int nofile = 4096;
};

struct Volume {
  std::string name;    // as the user calls it; the Podman volume gets our prefix
  std::string target;  // absolute path in the container
  bool read_only = false;
};

// What a service gets only because its podwright.yaml asks for it; everything else is hardened.
struct Privileges {
  bool writable_root = false;
  bool new_privileges = false;
  bool run_as_root = false;
  std::vector<std::string> capabilities;  // added to none: "NET_BIND_SERVICE"
};

struct Service {
  std::string name;
  std::string image;  // by digest or image id; never a moving tag
  std::vector<std::string> command;  // empty: the image's own
  std::map<std::string, std::string> env;  // values may hold any byte but NUL
  std::set<std::string> secret_env;        // keys of env that the user set: their values stay out of files and argv
  int port = 0;                            // the container's; 0: no route
  int replicas = 1;
  HealthCheck health;
  Limits limits;
  Privileges privileges;
  std::vector<Volume> volumes;
  std::vector<std::string> tmpfs{"/tmp"};  // writable folders of a read-only root
  std::vector<std::string> domains;        // besides <app>.localhost
  Millis stop_timeout = std::chrono::seconds(10);
  Millis drain_timeout = std::chrono::seconds(30);  // open requests may finish, WebSockets get this grace
};

boost::json::object to_json(const Service& service);
Result<Service> service_from_json(const boost::json::object& json);  // the inverse, for the store

}  // namespace podwright
