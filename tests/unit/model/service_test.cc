#include "model/service.hh"

#include <doctest/doctest.h>

#include <boost/json.hpp>

using namespace podwright;
namespace json = boost::json;

namespace {

Service everything_set() {
  Service service;
  service.name = "web";
  service.image = "sha256:0123";
  service.command = {"node", "server.js", "--flag=a b"};
  service.env = {{"PLAIN", "1"}, {"HOSTILE", "line\n\"quote\" %n $HOME \\ \x01\x7f"}, {"BYTES", "\xff\xfe\x80"}, {"EMPTY", ""}};
  service.secret_env = {"HOSTILE"};
  service.port = 3000;
  service.replicas = 3;
  service.health = {.kind = ProbeKind::exec, .path = "/up", .path_is_explicit = true, .command = {"check", "me"},
                    .interval = Millis(1), .timeout = Millis(2), .start_period = Millis(3), .stability = Millis(4), .retries = 5};
  service.limits = {.cpu_millis = 250, .memory_bytes = 8LL << 30, .pids = 64, .nofile = 1024};
  service.privileges = {.writable_root = true, .new_privileges = true, .run_as_root = true, .capabilities = {"NET_BIND_SERVICE"}};
  service.volumes = {{"data", "/var/lib/data", false}, {"assets", "/assets", true}};
  service.tmpfs = {"/tmp", "/run"};
  service.domains = {"a.example", "b.example"};
  service.stop_timeout = Millis(7);
  service.drain_timeout = Millis(8);
  return service;
}

Service through_text(const Service& service) {
  auto text = json::serialize(to_json(service));
  auto back = service_from_json(json::parse(text).as_object());
  REQUIRE(back.has_value());
  return *back;
}

}  // namespace

TEST_CASE("a service comes back from its JSON text as it was, whatever bytes its environment holds") {
  auto service = everything_set();
  auto back = through_text(service);
  CHECK(back.env == service.env);
  CHECK(back.secret_env == service.secret_env);
  CHECK(back.command == service.command);
  CHECK(back.health.kind == ProbeKind::exec);
  CHECK(back.volumes.at(1).read_only);
  CHECK(to_json(back) == to_json(service));
  CHECK(to_json(through_text(Service{})) == to_json(Service{}));
}

TEST_CASE("what an older version did not write keeps its default, hardened value") {
  auto back = service_from_json(json::object{{"name", "web"}, {"health", json::object{{"path", "/up"}}}});
  REQUIRE(back.has_value());
  CHECK(back->name == "web");
  CHECK(back->health.path == "/up");
  CHECK(back->health.retries == HealthCheck{}.retries);
  CHECK(back->tmpfs == std::vector<std::string>{"/tmp"});
  CHECK_FALSE(back->privileges.writable_root);
}

TEST_CASE("a stored list replaces the default one, also when it is empty") {
  auto back = service_from_json(json::object{{"tmpfs", json::array{}}});
  REQUIRE(back.has_value());
  CHECK(back->tmpfs.empty());
}

TEST_CASE("a member of the wrong type is an error that names it") {
  struct {
    const char* text;
    const char* member;
  } rows[] = {{R"({"name": 1})", "'name'"},
              {R"({"port": "80"})", "'port'"},
              {R"({"port": 99999999999})", "'port'"},
              {R"({"env": []})", "'env'"},
              {R"({"env": {"A": 1}})", "'env'"},
              {R"({"env": {"A": {"hex": "0g"}}})", "'env'"},
              {R"({"health": {"kind": "icmp"}})", "'health.kind'"},
              {R"({"health": {"timeout_ms": "1"}})", "'health.timeout_ms'"},
              {R"({"volumes": [{"name": true}]})", "'volumes.name'"},
              {R"({"tmpfs": "/tmp"})", "'tmpfs'"},
              {R"({"privileges": {"run_as_root": 1}})", "'privileges.run_as_root'"}};
  for (const auto& row : rows) {
    INFO(row.text);
    auto back = service_from_json(json::parse(row.text).as_object());
    REQUIRE_FALSE(back.has_value());
    CHECK(back.error().message.find(row.member) != std::string::npos);
  }
}
