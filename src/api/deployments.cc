// /v1/deployments and /v1/events.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "api/handlers.hh"
#include "api/pump.hh"
#include "base/fd.hh"
#include "base/text.hh"
#include "model/name.hh"
#include "orchestrate/build_log.hh"

namespace podwright::api {

namespace {

using namespace std::chrono_literals;

constexpr int kEventsAPage = 500;

net::Response dry_run(const Context& context, DeployRequest request) {
  auto dry = context.engine.dry_run(std::move(request));
  if (!dry) return net::error_response(dry.error());
  return answer(200, boost::json::object{{"plan", boost::json::array(dry->steps.begin(), dry->steps.end())},
                                         {"analysis", to_json(dry->analysis)},
                                         {"containerfile", dry->containerfile}});
}

net::Response submit(const Context& context, const net::Request& http, DeploymentKind kind) {
  auto body = body_object(http);
  if (!body) return net::error_response(body.error());
  auto request = deploy_request_from_json(*body);
  if (!request) return net::error_response(request.error());
  request->kind = kind;
  const auto* dry = body->if_contains("dry_run");
  if (dry && dry->is_bool() && dry->as_bool()) return dry_run(context, std::move(*request));
  return answer(202, context.engine.submit(std::move(*request), http.header("idempotency-key")));
}

net::Response list(const Context& context, const net::Request& http) {
  auto limit = parse_integer(http.query_or("limit", "50")).value_or(0);
  if (limit < 1 || limit > 1000) return net::error_response(error(ErrorCode::invalid, "limit must be between 1 and 1000"));
  auto found = context.engine.store().deployments({http.query_or("app"), http.query_or("environment"), static_cast<int>(limit)});
  if (!found) return net::error_response(found.error());
  boost::json::array all;
  for (const auto& deployment : *found) all.push_back(to_json(deployment));
  return answer(200, boost::json::object{{"deployments", std::move(all)}});
}

// The build log from its start; when following, until the deployment leaves the building phase.
net::Response build_log(const Context& context, const net::Request& http, const std::string& id) {
  auto& engine = context.engine;
  if (auto found = engine.store().deployment(id); !found) return net::error_response(found.error());
  bool follow = http.query.contains("follow");
  auto path = orchestrate::BuildLog::path(engine.settings().state_dir, id);
  auto source = [&engine, path, id, follow](const Pump::Sink& sink, std::stop_token stop) {
    Fd fd;
    for (;;) {
      auto deployment = engine.store().deployment(id);
      bool last = !follow || !deployment || deployment->phase > Phase::building || stop.stop_requested();
      if (!fd) fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      char buffer[32768];
      for (ssize_t got = 0; fd && (got = ::read(fd.get(), buffer, sizeof buffer)) > 0;)
        if (!sink({buffer, static_cast<size_t>(got)})) return;
      if (last) return;
      engine.store().wait_for_events(engine.store().last_event(), Deadline::in(100ms));
    }
  };
  return {.content_type = "text/plain; charset=utf-8", .stream = Pump::stream(std::move(source))};
}

// Events as lines of JSON; when following one deployment, until it is over.
net::Response events(const Context& context, const net::Request& http, const std::string& id) {
  auto& store = context.engine.store();
  if (!id.empty())
    if (auto found = store.deployment(id); !found) return net::error_response(found.error());
  auto after = parse_integer(http.query_or("after", "0")).value_or(0);
  bool follow = http.query.contains("follow");
  auto source = [&store, id, after, follow](const Pump::Sink& sink, std::stop_token stop) mutable {
    for (;;) {
      auto deployment = id.empty() ? Result<Deployment>(Deployment{}) : store.deployment(id);
      auto seen = store.last_event();
      bool last = !follow || !deployment || stop.stop_requested() || (!id.empty() && deployment->done);
      auto page = store.events(after, kEventsAPage, id);
      if (!page) return;
      for (const auto& event : *page) {
        if (!sink(boost::json::serialize(to_json(event)) + "\n")) return;
        after = event.seq;
      }
      if (static_cast<int>(page->size()) == kEventsAPage) continue;
      if (last) return;
      store.wait_for_events(seen, Deadline::in(250ms));
    }
  };
  return {.content_type = "application/x-ndjson", .stream = Pump::stream(std::move(source))};
}

}  // namespace

void add_deployment_routes(net::Router& router, const Context& context) {
  router.add("POST", "/v1/deployments", [=](const net::Request& http, const net::Params&) { return submit(context, http, DeploymentKind::deploy); });
  router.add("POST", "/v1/builds", [=](const net::Request& http, const net::Params&) { return submit(context, http, DeploymentKind::build); });
  router.add("GET", "/v1/deployments", [=](const net::Request& http, const net::Params&) { return list(context, http); });
  router.add("GET", "/v1/deployments/{id}", [=](const net::Request&, const net::Params& params) {
    return answer(200, context.engine.store().deployment(params.at("id")));
  });
  router.add("POST", "/v1/deployments/{id}/cancel",
             [=](const net::Request&, const net::Params& params) { return answer(context.engine.cancel(params.at("id"))); });
  router.add("GET", "/v1/deployments/{id}/log",
             [=](const net::Request& http, const net::Params& params) { return build_log(context, http, params.at("id")); });
  router.add("GET", "/v1/deployments/{id}/events",
             [=](const net::Request& http, const net::Params& params) { return events(context, http, params.at("id")); });
  router.add("GET", "/v1/events", [=](const net::Request& http, const net::Params&) { return events(context, http, {}); });
}

}  // namespace podwright::api
