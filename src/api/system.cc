// /v1/version, /v1/doctor, /v1/gc, /v1/bases, /v1/shutdown.
#include <unistd.h>

#include "api/handlers.hh"
#include "api/pump.hh"
#include "format/error_json.hh"

namespace podwright::api {

namespace {

net::Response version(const Context& context) {
  auto& engine = context.engine;
  return answer(200, boost::json::object{{"version", context.version},
                                         {"api", 1},
                                         {"pid", ::getpid()},
                                         {"state_dir", engine.settings().state_dir.native()},
                                         {"http_port", engine.http_port()},
                                         {"installation", engine.store().installation()}});
}

net::Response doctor(const Context& context) {
  boost::json::array checks;
  for (const auto& check : context.engine.doctor())
    checks.push_back(boost::json::object{{"name", check.name}, {"status", check.status}, {"detail", check.detail}, {"hint", check.hint}});
  return answer(200, boost::json::object{{"checks", std::move(checks)}});
}

net::Response collect_garbage(const Context& context) {
  auto collected = context.engine.collect_garbage();
  if (!collected) return net::error_response(collected.error());
  return answer(200, boost::json::object{{"removed", boost::json::array(collected->removed.begin(), collected->removed.end())},
                                         {"freed_bytes", collected->freed_bytes}});
}

net::Response list_bases(const Context& context) {
  auto found = context.engine.builder().list_bases();
  if (!found) return net::error_response(found.error());
  boost::json::array bases;
  for (const auto& base : *found)
    bases.push_back(boost::json::object{
        {"request", base.request}, {"reference", base.reference}, {"image", base.id}, {"created_at", base.created}, {"size_bytes", base.bytes}});
  return answer(200, boost::json::object{{"bases", std::move(bases)}});
}

// Lines of JSON: {"log":…}, and {"error":…} when it failed.
net::Response update_bases(const Context& context) {
  auto source = [&engine = context.engine](const Pump::Sink& sink, std::stop_token stop) {
    auto line = [&](boost::json::object object) { return sink(boost::json::serialize(object) + "\n"); };
    auto done = engine.builder().update_bases([&](std::string_view text) { line({{"log", text}}); }, stop);
    if (!done) line({{"error", error_to_json(done.error())}});
  };
  return {.content_type = "application/x-ndjson", .stream = Pump::stream(std::move(source))};
}

}  // namespace

void add_system_routes(net::Router& router, const Context& context) {
  router.add("GET", "/v1/version", [=](const net::Request&, const net::Params&) { return version(context); });
  router.add("GET", "/v1/doctor", [=](const net::Request&, const net::Params&) { return doctor(context); });
  router.add("POST", "/v1/gc", [=](const net::Request&, const net::Params&) { return collect_garbage(context); });
  router.add("GET", "/v1/bases", [=](const net::Request&, const net::Params&) { return list_bases(context); });
  router.add("POST", "/v1/bases/update", [=](const net::Request&, const net::Params&) { return update_bases(context); });
  router.add("POST", "/v1/shutdown", [=](const net::Request&, const net::Params&) {
    context.shut_down();
    return answer(Status{});
  });
}

}  // namespace podwright::api
