// Deployment: one attempt to bring a source, or a kept release, to life in one environment of one app.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "model/lifecycle.hh"

namespace podwright {

enum class DeploymentKind { deploy, rollback, build };  // build stops after BUILDING
std::string_view name(DeploymentKind kind);
std::optional<DeploymentKind> deployment_kind_named(std::string_view name);

// What the user asked for. May hold secrets (environment values, a URL with credentials): the store keeps it sealed.
struct DeployRequest {
  DeploymentKind kind = DeploymentKind::deploy;
  std::string location;  // directory, archive or git URL
  std::string app;       // "" : named after the source
  std::string environment = "production";
  std::string ref;
  std::string path;
  int port = 0;  // 0: what analysis finds
  std::vector<std::string> domains;
  std::map<std::string, std::string> env;
  int to_release = 0;                    // rollback: the release to go back to; 0: the one before the active one
  std::vector<std::string> hosts;        // servers; empty: where the app runs already, else this machine
  std::vector<std::string> host_labels;  // "key=value": the servers that carry them all, besides `hosts`
  int batch = 1;                         // servers at a time; 0: all at once
  bool undo_on_failure = false;          // a server that fails takes those back that were switched before it
};

boost::json::object to_json(const DeployRequest& request);
// Checks every name, path, ref, key and value against the allow-lists of model/name.hh.
Result<DeployRequest> deploy_request_from_json(const boost::json::object& json);

struct Timings {
  long long analyze_ms = 0;  // fetch included
  long long build_ms = 0;
  long long start_ms = 0;
  long long health_ms = 0;
  long long route_ms = 0;
};

// How a deployment went on one server.
struct HostReport {
  std::string host;
  std::string state = "waiting";  // "waiting" "shipping" "shipped" "starting" "healthy" "live" "failed" "undone"
  std::string url;                // once live
  std::string error;              // once failed
  long long bytes_sent = 0;       // of the image's missing layers
  long long bytes_total = 0;      // of all its layers
  long long ship_ms = 0;
  long long start_ms = 0;
  long long health_ms = 0;
  long long route_ms = 0;
};

struct PhaseEntry {
  Phase phase = Phase::queued;
  Time at{};
};

struct Deployment {
  std::string id;
  DeploymentKind kind = DeploymentKind::deploy;
  std::string app;
  std::string environment;
  Phase phase = Phase::queued;
  int release = 0;     // 0: none yet
  std::string source;  // shown to people: without credentials
  std::string git_sha;
  std::string image;  // by digest
  std::string url;
  std::string ip;
  std::optional<Error> error;
  Timings timings;
  std::vector<PhaseEntry> phases;
  std::vector<HostReport> hosts;  // empty: on this machine only
  std::vector<std::string> parts;  // after SPLIT: the deployments of the services, by id
  Time created_at{};
  std::optional<Time> deployed_at;
  bool cancel_requested = false;
  int attempts = 0;
  bool done = false;  // nothing more will happen: what a failed one left behind is removed too
};

boost::json::object to_json(const Deployment& deployment);  // the documented object of `deploy --json`, and more
boost::json::object to_json(const Timings& timings);
boost::json::array to_json(const std::vector<HostReport>& reports);
std::vector<HostReport> host_reports_from_json(const boost::json::array& json);
Timings timings_from_json(const boost::json::object& json);

}  // namespace podwright
