// /v1/apps and /v1/instances.
#include "api/handlers.hh"
#include "api/pump.hh"
#include "base/text.hh"
#include "format/error_json.hh"
#include "format/json.hh"
#include "package/description.hh"

namespace podwright::api {

namespace {

using namespace std::chrono_literals;

boost::json::object to_json(const orchestrate::AppStatus& status) {
  boost::json::array hosts;  // "local": this machine
  for (const auto& placement : status.placements)
    hosts.push_back(boost::json::object{{"host", host_of_place(placement.host)},
                                        {"release", placement.release}});
  return {{"app", status.app.key.app},
          {"environment", status.app.key.environment},
          {"release", status.app.active_release},
          {"url", status.url},
          {"domains", boost::json::array(status.domains.begin(), status.domains.end())},
          {"status", status.status},
          {"hosts", std::move(hosts)},
          {"replicas", boost::json::object{{"want", status.replicas_wanted}, {"ready", status.replicas_ready}}},
          {"updated_at", to_iso8601(status.app.updated_at)}};
}

std::string_view state_name(const orchestrate::InstanceStatus& status) {
  switch (status.instance.state) {
    case InstanceState::created:
      return "created";
    case InstanceState::running:
      return status.active ? "running" : "draining";
    case InstanceState::exited:
      return "exited";
    case InstanceState::other:
      return "other";
  }
  return "other";
}

boost::json::object to_json(const orchestrate::InstanceStatus& status) {
  bool running = status.instance.state == InstanceState::running;
  return {{"name", status.instance.name},
          {"host", host_of_place(status.host)},
          {"app", status.key.app},
          {"environment", status.key.environment},
          {"release", status.release},
          {"replica", status.replica},
          {"state", state_name(status)},
          {"health", running ? (status.health.healthy ? "healthy" : "unhealthy") : "none"},
          {"pid", status.instance.pid},
          {"port", status.instance.host_port},
          {"started_at", status.health.started_at == Time{} ? "" : to_iso8601(status.health.started_at)},
          {"restarts", status.health.restarts}};
}

net::Response list(const Context& context) {
  auto apps = context.engine.apps();
  if (!apps) return net::error_response(apps.error());
  boost::json::array all;
  for (const auto& app : *apps) all.push_back(to_json(app));
  return answer(200, boost::json::object{{"apps", std::move(all)}});
}

net::Response instances(const Context& context, const net::Request& http) {
  auto found = context.engine.instances(http.query_or("app"), http.query_or("environment"));
  if (!found) return net::error_response(found.error());
  boost::json::array all;
  for (const auto& instance : *found) all.push_back(to_json(instance));
  return answer(200, boost::json::object{{"instances", std::move(all)}});
}

net::Response releases(const Context& context, const AppKey& key) {
  auto& store = context.engine.store();
  auto app = store.app(key);
  if (!app) return net::error_response(app.error());
  auto found = store.releases(key);
  if (!found) return net::error_response(found.error());
  boost::json::array all;
  for (const auto& release : *found)
    all.push_back(boost::json::object{{"release", release.number},
                                      {"image", release.service.image},
                                      {"git_sha", release.git_sha},
                                      {"created_at", to_iso8601(release.created_at)},
                                      {"active", release.number == app->active_release},
                                      {"note", release.note},
                                      {"deployment", release.deployment}});
  return answer(200, boost::json::object{{"releases", std::move(all)}});
}

// How a release runs, for a package of it: without the values that the user set.
net::Response service(const Context& context, const net::Request& http, const AppKey& key) {
  auto& store = context.engine.store();
  auto app = store.app(key);
  if (!app) return net::error_response(app.error());
  auto asked = parse_integer(http.query_or("release")).value_or(app->active_release);
  auto release = store.release(key, static_cast<int>(std::clamp(asked, 0LL, 1'000'000'000LL)));
  if (!release) return net::error_response(release.error());
  return answer(200, boost::json::object{{"app", key.app},
                                         {"environment", key.environment},
                                         {"release", release->number},
                                         {"git_sha", release->git_sha},
                                         {"service", to_json(package::without_secrets(release->service))}});
}

// "90s" ago, or Unix seconds.
std::optional<long long> since(const std::string& text) {
  if (auto ago = parse_duration_ms(text); ago && !parse_integer(text))
    return (now().time_since_epoch().count() - *ago) / 1000;
  return parse_integer(text);
}

net::Response logs(const Context& context, const net::Request& http, const AppKey& key) {
  if (auto app = context.engine.store().app(key); !app) return net::error_response(app.error());
  LogOptions options{.follow = http.query.contains("follow"),
                     .since_s = since(http.query_or("since")),
                     .timestamps = http.query.contains("timestamps")};
  if (auto tail = parse_integer(http.query_or("tail")); tail && *tail >= 0 && *tail <= 1'000'000)
    options.tail = static_cast<int>(*tail);
  auto source = [&engine = context.engine, key, options](const Pump::Sink& sink, std::stop_token stop) {
    if (auto done = engine.logs(key, options, sink, stop); !done && done.error().code != ErrorCode::cancelled)
      sink("podwright: " + printable(done.error().message) + "\n");
  };
  return {.content_type = "text/plain; charset=utf-8", .stream = Pump::stream(std::move(source))};
}

net::Response run(const Context& context, const boost::json::object& body, const AppKey& key) {
  auto argv = json::texts_at(body, {"argv"});
  if (auto app = context.engine.store().app(key); !app) return net::error_response(app.error());
  auto source = [&engine = context.engine, key, argv](const Pump::Sink& sink, std::stop_token stop) {
    auto line = [&](boost::json::object object) { return sink(boost::json::serialize(object) + "\n"); };
    auto code = engine.run(key, argv, [&](std::string_view chunk) { return line({{"output", chunk}}); }, stop);
    code ? line({{"exit_code", *code}}) : line({{"error", error_to_json(code.error())}});
  };
  return {.content_type = "application/x-ndjson", .stream = Pump::stream(std::move(source))};
}

net::Response scale(const Context& context, const boost::json::object& body, const AppKey& key) {
  auto replicas = json::integer_at(body, {"replicas"});
  return answer(context.engine.scale(key, static_cast<int>(std::clamp(replicas.value_or(0), -1LL, 1000LL))));
}

net::Response roll_back(const Context& context, const boost::json::object& body, const AppKey& key) {
  auto to = json::integer_at(body, {"to"}).value_or(0);
  if (to < 0 || to > 1'000'000'000)
    return net::error_response(error(ErrorCode::invalid, "'to' is not a release number"));
  return answer(202, context.engine.rollback(key, static_cast<int>(to)));
}

using KeyHandler = std::function<net::Response(const net::Request&, const boost::json::object& body, const AppKey&)>;

// Reads the body and the key, which every route below /v1/apps/{app} needs.
net::Route with_key(KeyHandler handle) {
  return [handle = std::move(handle)](const net::Request& http, const net::Params& params) {
    auto body = body_object(http);
    if (!body) return net::error_response(body.error());
    auto environment = std::string(json::text_at(*body, {"environment"}));
    auto key = app_key(params, environment.empty() ? http.query_or("environment") : environment);
    if (!key) return net::error_response(key.error());
    return handle(http, *body, *key);
  };
}

}  // namespace

void add_app_routes(net::Router& router, const Context& context) {
  auto& engine = context.engine;
  using Body = const boost::json::object&;
  using Http = const net::Request&;
  using Key = const AppKey&;
  router.add("GET", "/v1/apps", [=](Http, const net::Params&) { return list(context); });
  router.add("GET", "/v1/instances", [=](Http http, const net::Params&) { return instances(context, http); });
  router.add("GET", "/v1/apps/{app}", with_key([&engine](Http, Body, Key key) {
               auto app = engine.app(key);
               return app ? answer(200, to_json(*app)) : net::error_response(app.error());
             }));
  router.add("DELETE", "/v1/apps/{app}", with_key([&engine](Http http, Body, Key key) {
               return answer(engine.destroy(key, http.query_or("volumes") == "1", http.query_or("host")));
             }));
  router.add("GET", "/v1/apps/{app}/releases", with_key([=](Http, Body, Key key) { return releases(context, key); }));
  router.add("GET", "/v1/apps/{app}/service",
             with_key([=](Http http, Body, Key key) { return service(context, http, key); }));
  router.add("GET", "/v1/apps/{app}/logs",
             with_key([=](Http http, Body, Key key) { return logs(context, http, key); }));
  router.add("POST", "/v1/apps/{app}/run", with_key([=](Http, Body body, Key key) { return run(context, body, key); }));
  router.add("POST", "/v1/apps/{app}/rollback",
             with_key([=](Http, Body body, Key key) { return roll_back(context, body, key); }));
  router.add("POST", "/v1/apps/{app}/scale",
             with_key([=](Http, Body body, Key key) { return scale(context, body, key); }));
  router.add("POST", "/v1/apps/{app}/restart",
             with_key([&engine](Http, Body, Key key) { return answer(202, engine.restart(key)); }));
  router.add("POST", "/v1/apps/{app}/stop",
             with_key([&engine](Http, Body, Key key) { return answer(engine.stop(key)); }));
  router.add("POST", "/v1/apps/{app}/start",
             with_key([&engine](Http, Body, Key key) { return answer(engine.resume(key)); }));
}

}  // namespace podwright::api
