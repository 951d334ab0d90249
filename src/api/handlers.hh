// The families of handlers and what they share. Included by api/*.cc only.
#pragma once

#include <boost/json.hpp>

#include "api/api.hh"

namespace podwright::api {

void add_deployment_routes(net::Router& router, const Context& context);
void add_app_routes(net::Router& router, const Context& context);
void add_host_routes(net::Router& router, const Context& context);
void add_system_routes(net::Router& router, const Context& context);

net::Response answer(int status, const boost::json::value& body);
// 200 {"ok":true}, or the error.
net::Response answer(const Status& status);
// The deployment, or the error.
net::Response answer(int status, const Result<Deployment>& deployment);

// The JSON object of a body; an empty body is an empty object. Error{invalid}.
Result<boost::json::object> body_object(const net::Request& request);

// The app of the path and the environment of the query or of the body, checked.
Result<AppKey> app_key(const net::Params& params, const std::string& environment);

}  // namespace podwright::api
