#include "model/deployment.hh"

#include <array>
#include <boost/json.hpp>
#include <utility>

#include "base/text.hh"
#include "model/app.hh"
#include "model/event.hh"
#include "model/host.hh"
#include "model/name.hh"

namespace podwright {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<DeploymentKind, std::string_view>, 3> kKinds{{
    {DeploymentKind::deploy, "deploy"},
    {DeploymentKind::rollback, "rollback"},
    {DeploymentKind::build, "build"},
}};

// Reads typed members of a request and remembers the first complaint.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  void text(std::string_view key, std::string& out) {
    take(key, [&](const json::value& value) {
      if (value.is_string()) return out = value.as_string(), true;
      return false;
    });
  }
  void integer(std::string_view key, int& out) {
    take(key, [&](const json::value& value) {
      if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > 1'000'000) return false;
      return out = static_cast<int>(value.as_int64()), true;
    });
  }
  void boolean(std::string_view key, bool& out) {
    take(key, [&](const json::value& value) { return value.is_bool() ? (out = value.as_bool(), true) : false; });
  }
  void list(std::string_view key, std::vector<std::string>& out) {
    take(key, [&](const json::value& value) {
      if (!value.is_array()) return false;
      for (const auto& item : value.as_array()) {
        if (!item.is_string()) return false;
        out.emplace_back(item.as_string());
      }
      return true;
    });
  }
  void map(std::string_view key, std::map<std::string, std::string>& out) {
    take(key, [&](const json::value& value) {
      if (!value.is_object()) return false;
      for (const auto& [name, item] : value.as_object()) {
        if (!item.is_string()) return false;
        out.emplace(name, item.as_string());
      }
      return true;
    });
  }
  Status status() const {
    if (bad_.empty()) return {};
    return fail(ErrorCode::invalid, "'{}' has the wrong type or value", bad_);
  }

 private:
  template <class Take>
  void take(std::string_view key, const Take& use) {
    const auto* value = object_.if_contains(key);
    if (value && !value->is_null() && !use(*value) && bad_.empty()) bad_ = key;
  }

  const json::object& object_;
  std::string bad_;
};

Status check(const DeployRequest& request) {
  if (!request.app.empty()) TRY(check_app_name(request.app));
  TRY(check_environment_name(request.environment));
  if (!request.ref.empty()) TRY(check_git_ref(request.ref));
  if (!request.path.empty()) TRY(check_relative_path(request.path));
  if (request.port != 0) TRY(check_port(request.port));
  for (const auto& domain : request.domains) TRY(check_domain(domain));
  for (const auto& host : request.hosts) TRY(check_host_name(host));
  for (const auto& label : request.host_labels) TRY(parse_labels(label));
  for (const auto& [key, value] : request.env) {
    TRY(check_env_key(key));
    TRY(check_env_value(value));
  }
  return {};
}

}  // namespace

std::string_view name(DeploymentKind kind) {
  for (const auto& [value, text] : kKinds)
    if (value == kind) return text;
  return "deploy";
}

std::optional<DeploymentKind> deployment_kind_named(std::string_view name) {
  for (const auto& [value, text] : kKinds)
    if (text == name) return value;
  return std::nullopt;
}

json::object to_json(const DeployRequest& request) {
  json::object env;
  for (const auto& [key, value] : request.env) env[key] = value;
  return {{"kind", name(request.kind)},
          {"location", request.location},
          {"app", request.app},
          {"environment", request.environment},
          {"ref", request.ref},
          {"path", request.path},
          {"port", request.port},
          {"domains", json::array(request.domains.begin(), request.domains.end())},
          {"env", std::move(env)},
          {"to", request.to_release},
          {"hosts", json::array(request.hosts.begin(), request.hosts.end())},
          {"host_labels", json::array(request.host_labels.begin(), request.host_labels.end())},
          {"batch", request.batch},
          {"undo_on_failure", request.undo_on_failure}};
}

Result<DeployRequest> deploy_request_from_json(const json::object& object) {
  DeployRequest request;
  Reader reader(object);
  std::string kind(name(request.kind));
  reader.text("kind", kind);
  reader.text("location", request.location);
  reader.text("app", request.app);
  reader.text("environment", request.environment);
  reader.text("ref", request.ref);
  reader.text("path", request.path);
  reader.integer("port", request.port);
  reader.list("domains", request.domains);
  reader.map("env", request.env);
  reader.integer("to", request.to_release);
  reader.list("hosts", request.hosts);
  reader.list("host_labels", request.host_labels);
  reader.integer("batch", request.batch);
  reader.boolean("undo_on_failure", request.undo_on_failure);
  TRY(reader.status());
  auto known = deployment_kind_named(kind);
  if (!known) return fail(ErrorCode::invalid, "'{}' is not a kind of deployment", printable(kind));
  request.kind = *known;
  TRY(check(request));
  return request;
}

json::object to_json(const Timings& timings) {
  return {{"analyze_ms", timings.analyze_ms},
          {"build_ms", timings.build_ms},
          {"start_ms", timings.start_ms},
          {"health_ms", timings.health_ms},
          {"route_ms", timings.route_ms}};
}

Timings timings_from_json(const json::object& object) {
  auto read = [&](std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_int64() ? value->as_int64() : 0;
  };
  return {.analyze_ms = read("analyze_ms"),
          .build_ms = read("build_ms"),
          .start_ms = read("start_ms"),
          .health_ms = read("health_ms"),
          .route_ms = read("route_ms")};
}

json::array to_json(const std::vector<HostReport>& reports) {
  json::array out;
  for (const auto& report : reports)
    out.push_back(json::object{{"host", report.host},
                               {"state", report.state},
                               {"url", report.url},
                               {"error", report.error},
                               {"bytes_sent", report.bytes_sent},
                               {"bytes_total", report.bytes_total},
                               {"ship_ms", report.ship_ms},
                               {"start_ms", report.start_ms},
                               {"health_ms", report.health_ms},
                               {"route_ms", report.route_ms}});
  return out;
}

std::vector<HostReport> host_reports_from_json(const json::array& array) {
  std::vector<HostReport> out;
  for (const auto& value : array) {
    if (!value.is_object()) continue;
    auto text = [&](std::string_view key) {
      const auto* member = value.get_object().if_contains(key);
      return member && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    auto number = [&](std::string_view key) {
      const auto* member = value.get_object().if_contains(key);
      return member && member->is_int64() ? member->get_int64() : 0;
    };
    out.push_back({.host = text("host"),
                   .state = text("state"),
                   .url = text("url"),
                   .error = text("error"),
                   .bytes_sent = number("bytes_sent"),
                   .bytes_total = number("bytes_total"),
                   .ship_ms = number("ship_ms"),
                   .start_ms = number("start_ms"),
                   .health_ms = number("health_ms"),
                   .route_ms = number("route_ms")});
  }
  return out;
}

json::object to_json(const Deployment& deployment) {
  json::array phases;
  for (size_t i = 0; i < deployment.phases.size(); ++i) {
    const auto& entry = deployment.phases[i];
    auto end = i + 1 < deployment.phases.size() ? deployment.phases[i + 1].at : entry.at;
    phases.push_back(
        json::object{{"phase", name(entry.phase)}, {"at", to_iso8601(entry.at)}, {"ms", (end - entry.at).count()}});
  }
  json::value problem = nullptr;
  if (deployment.error)
    problem = json::object{{"code", name(deployment.error->code)},
                           {"message", deployment.error->message},
                           {"hint", deployment.error->hint},
                           {"origin", deployment.error->origin}};
  return {
      {"id", deployment.id},
      {"app", deployment.app},
      {"environment", deployment.environment},
      {"release", deployment.release},
      {"status", name(deployment.phase)},
      {"url", deployment.url},
      {"ip", deployment.ip},
      {"git_sha", deployment.git_sha},
      {"image", deployment.image},
      {"deployed_at", deployment.deployed_at ? json::value(to_iso8601(*deployment.deployed_at)) : json::value(nullptr)},
      {"timings", to_json(deployment.timings)},
      {"done", deployment.done},
      {"kind", name(deployment.kind)},
      {"source", deployment.source},
      {"created_at", to_iso8601(deployment.created_at)},
      {"error", std::move(problem)},
      {"hosts", to_json(deployment.hosts)},
      {"deployments", json::array(deployment.parts.begin(), deployment.parts.end())},
      {"phases", std::move(phases)}};
}

json::object to_json(const Event& event) {
  return {{"seq", event.seq},        {"at", to_iso8601(event.at)},       {"type", event.type},
          {"app", event.app},        {"environment", event.environment}, {"deployment", event.deployment},
          {"message", event.message}};
}

std::string host_of_place(std::string_view place) { return std::string(place.empty() ? kLocalHost : place); }
std::string place_of_host(std::string_view host) { return host == kLocalHost ? "" : std::string(host); }

std::string local_host_name(const AppKey& key) {
  return (key.environment == "production" ? key.app : key.environment + "." + key.app) + ".localhost";
}

}  // namespace podwright
