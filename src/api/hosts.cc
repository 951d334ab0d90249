// /v1/hosts.
#include <algorithm>

#include "api/handlers.hh"
#include "api/pump.hh"
#include "format/base64.hh"
#include "format/error_json.hh"
#include "format/json.hh"
#include "host/roster.hh"

namespace podwright::api {

namespace {

constexpr Millis kExecLimit = std::chrono::hours(1);
constexpr long long kLongestExec = 24LL * 3600 * 1000;

Result<host::NewHost> new_host(const boost::json::object& body) {
  host::NewHost wanted{.destination = std::string(json::text_at(body, {"destination"})),
                       .name = std::string(json::text_at(body, {"name"})),
                       .trust = {.fingerprint = std::string(json::text_at(body, {"host_key"})),
                                 .accept_new = json::flag_at(body, {"accept_new_key"})},
                       .fix = json::flag_at(body, {"fix"})};
  for (const auto& key : json::keys_at(body, {"labels"})) wanted.labels[key] = json::text_at(body, {"labels", key});
  return wanted;
}

net::Response answer_with(int status, const Result<host::Examined>& examined) {
  return examined ? answer(status, host::to_json(*examined)) : net::error_response(examined.error());
}

bool carries(const Host& host, const std::map<std::string, std::string>& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) {
    auto own = host.labels.find(label.first);
    return own != host.labels.end() && own->second == label.second;
  });
}

net::Response list(host::Roster& hosts, const net::Request& http) {
  auto labels = parse_labels(http.query_or("label"));
  if (!labels) return net::error_response(labels.error());
  auto found = hosts.all();
  if (!found) return net::error_response(found.error());
  boost::json::array all;
  for (const auto& each : *found)
    if (carries(each.host, *labels)) all.push_back(host::to_json(each));
  return answer(200, boost::json::object{{"hosts", std::move(all)}});
}

net::Response add(host::Roster& hosts, const net::Request& http) {
  auto body = body_object(http);
  if (!body) return net::error_response(body.error());
  auto wanted = new_host(*body);
  if (!wanted) return net::error_response(wanted.error());
  return answer_with(201, hosts.add(*wanted, http.gone));
}

std::string_view name(remote::KnownAs known) {
  switch (known) {
    case remote::KnownAs::unknown:
      return "unknown";
    case remote::KnownAs::same:
      return "same";
    case remote::KnownAs::different:
      return "different";
    case remote::KnownAs::revoked:
      return "revoked";
  }
  return "unknown";
}

net::Response look_at_key(host::Roster& hosts, const net::Request& http) {
  auto body = body_object(http);
  if (!body) return net::error_response(body.error());
  auto offered = hosts.look_at_key(std::string(json::text_at(*body, {"destination"})));
  if (!offered) return net::error_response(offered.error());
  return answer(200, boost::json::object{{"key", offered->key},
                                         {"fingerprint", offered->fingerprint},
                                         {"known", name(offered->known)},
                                         {"known_fingerprints", offered->known_fingerprints}});
}

// Lines of JSON: the bytes of both streams in base64, then the exit code or an error.
net::Response exec(host::Roster& hosts, const net::Request& http, const std::string& host_name) {
  auto body = body_object(http);
  if (!body) return net::error_response(body.error());
  if (auto known = hosts.one(host_name); !known) return net::error_response(known.error());
  auto limit =
      Millis(std::clamp(json::integer_at(*body, {"limit_ms"}).value_or(kExecLimit.count()), 1LL, kLongestExec));
  auto source = [&hosts, host_name, limit, argv = json::texts_at(*body, {"argv"})](const Pump::Sink& sink,
                                                                                   std::stop_token stop) {
    auto line = [&](boost::json::object object) { sink(boost::json::serialize(object) + "\n"); };
    auto code = hosts.exec(
        host_name, argv, limit, [&](std::string_view chunk) { line({{"stdout", to_base64(chunk)}}); },
        [&](std::string_view chunk) { line({{"stderr", to_base64(chunk)}}); }, stop);
    code ? line({{"exit_code", *code}}) : line({{"error", error_to_json(code.error())}});
  };
  return {.content_type = "application/x-ndjson", .stream = Pump::stream(std::move(source))};
}

net::Response check(host::Roster& hosts, const net::Request& http, const std::string& host_name) {
  auto body = body_object(http);
  if (!body) return net::error_response(body.error());
  return answer_with(200, hosts.check(host_name, json::flag_at(*body, {"fix"}), http.gone));
}

}  // namespace

void add_host_routes(net::Router& router, const Context& context) {
  auto& hosts = context.hosts;
  using Http = const net::Request&;
  using Params = const net::Params&;
  router.add("GET", "/v1/hosts", [&hosts](Http http, Params) { return list(hosts, http); });
  router.add("POST", "/v1/hosts", [&hosts](Http http, Params) { return add(hosts, http); });
  router.add("POST", "/v1/host-keys", [&hosts](Http http, Params) { return look_at_key(hosts, http); });
  router.add("GET", "/v1/hosts/{host}",
             [&hosts](Http, Params params) { return answer_with(200, hosts.one(params.at("host"))); });
  router.add("DELETE", "/v1/hosts/{host}", [&hosts](Http http, Params params) {
    return answer(hosts.remove(params.at("host"), http.query_or("force") == "1"));
  });
  router.add("POST", "/v1/hosts/{host}/check",
             [&hosts](Http http, Params params) { return check(hosts, http, params.at("host")); });
  router.add("POST", "/v1/hosts/{host}/exec",
             [&hosts](Http http, Params params) { return exec(hosts, http, params.at("host")); });
}

}  // namespace podwright::api
