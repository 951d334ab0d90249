// /v1/version, /v1/doctor, /v1/gc, /v1/shutdown.
#include <unistd.h>

#include "api/handlers.hh"

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

}  // namespace

void add_system_routes(net::Router& router, const Context& context) {
  router.add("GET", "/v1/version", [=](const net::Request&, const net::Params&) { return version(context); });
  router.add("GET", "/v1/doctor", [=](const net::Request&, const net::Params&) { return doctor(context); });
  router.add("POST", "/v1/gc", [=](const net::Request&, const net::Params&) { return collect_garbage(context); });
  router.add("POST", "/v1/shutdown", [=](const net::Request&, const net::Params&) {
    context.shut_down();
    return answer(Status{});
  });
}

}  // namespace podwright::api
