#include "api/api.hh"

#include "api/handlers.hh"
#include "format/json.hh"
#include "model/name.hh"

namespace podwright::api {

net::Router make_router(Context context) {
  net::Router router;
  add_system_routes(router, context);
  add_deployment_routes(router, context);
  add_app_routes(router, context);
  add_host_routes(router, context);
  return router;
}

net::Response answer(int status, const boost::json::value& body) {
  return net::json_response(status, boost::json::serialize(body));
}

net::Response answer(const Status& status) {
  if (!status) return net::error_response(status.error());
  return answer(200, boost::json::object{{"ok", true}});
}

net::Response answer(int status, const Result<Deployment>& deployment) {
  if (!deployment) return net::error_response(deployment.error());
  return answer(status, to_json(*deployment));
}

Result<boost::json::object> body_object(const net::Request& request) {
  if (request.body.empty()) return boost::json::object{};
  auto value = TRY(json::parse(request.body, "request body"));
  if (!value.is_object()) return fail(ErrorCode::invalid, "the request body is not a JSON object");
  return std::move(value.as_object());
}

Result<AppKey> app_key(const net::Params& params, const std::string& environment) {
  AppKey key{params.at("app"), environment.empty() ? "production" : environment};
  TRY(check_app_name(key.app));
  TRY(check_environment_name(key.environment));
  return key;
}

}  // namespace podwright::api
