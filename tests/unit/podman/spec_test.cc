#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>

#include "base/fs.hh"
#include "podman/spec.hh"

using namespace podwright;
using namespace podwright::podman;
namespace json = boost::json;

namespace {

// One key a line, so that a change of the specification reads well as a difference.
std::string pretty(const json::object& object) {
  std::string out = "{\n";
  for (const auto& pair : object) {
    out += "  " + json::serialize(json::string(pair.key())) + ": " + json::serialize(pair.value());
    out += &pair == object.end() - 1 ? "\n" : ",\n";
  }
  return out + "}\n";
}

void check_golden(const std::string& name, const std::string& text) {
  auto path = fs::path(PODWRIGHT_SOURCE_DIR) / "tests/golden/podman" / name;
  if (std::getenv("PODWRIGHT_UPDATE_GOLDEN")) REQUIRE(write_file(path, text));
  CHECK(read_file(path).value_or("(missing; run with PODWRIGHT_UPDATE_GOLDEN=1)") == text);
}

HostFacts all_limits() {
  return {.memory_controller = true, .cpu_controller = true, .pids_controller = true, .swap_limit = true, .init = true, .nofile_hard = 20000, .nproc_hard = 96365};
}

InstanceSpec shop() {
  InstanceSpec spec{.name = "pw-shop-3-1", .service = {}, .labels = {}, .network = "pw-shop"};
  spec.service.image = std::string(64, 'a');
  spec.service.port = 3000;
  spec.service.limits = {.cpu_millis = 250, .memory_bytes = 128 << 20, .pids = 100, .nofile = 4096};
  spec.labels = {{std::string(kLabelInstallation), "i1"}, {std::string(kLabelApp), "shop"}, {std::string(kLabelEnvironment), "production"}, {std::string(kLabelRelease), "3"}};
  return spec;
}

}  // namespace

TEST_CASE("a service is created hardened by default") {
  check_golden("create_default.json", pretty(create_spec(shop(), all_limits()).value()));
}

TEST_CASE("volumes, a command, an environment of any text and opt-outs reach the specification as they are") {
  auto spec = shop();
  spec.service.command = {"sh", "-c", "echo \"$HOME\" 100%"};
  spec.service.env = {{"MULTI", "a\nb\n"}, {"ODD", "\"'%$`\\\x01 ü"}, {"EMPTY", ""}};
  spec.service.volumes = {{.name = "data", .target = "/data"}, {.name = "seed", .target = "/tmp", .read_only = true}};
  spec.service.privileges = {.writable_root = true, .new_privileges = true, .run_as_root = true, .capabilities = {"NET_BIND_SERVICE"}};
  spec.service.stop_timeout = Millis(2500);
  check_golden("create_everything.json", pretty(create_spec(spec, all_limits()).value()));
}

TEST_CASE("limits whose controllers are missing are left out, named, and no hard limit is exceeded") {
  HostFacts bare{.cpu_controller = true, .nofile_hard = 1000, .nproc_hard = 500};
  CHECK(bare.limits_missing() == std::vector<std::string>{"memory", "pids"});
  auto spec = shop();
  spec.service.port = 0;
  check_golden("create_bare_host.json", pretty(create_spec(spec, bare).value()));
}

TEST_CASE("an environment value that JSON cannot carry is refused by name, without its value") {
  auto spec = shop();
  spec.service.env = {{"BINARY", "secret\xff"}};
  auto made = create_spec(spec, all_limits());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::invalid);
  CHECK(made.error().text().contains("BINARY"));
  CHECK_FALSE(made.error().text().contains("secret"));
}

TEST_CASE("the facts of a host come from Podman's own description") {
  auto info = json::parse(R"({"host":{"cgroupVersion":"v2","cgroupControllers":["cpu","pids"]}})").get_object();
  auto facts = host_facts(info);
  CHECK(facts.cpu_controller);
  CHECK(facts.pids_controller);
  CHECK(facts.swap_limit);
  CHECK(facts.limits_missing() == std::vector<std::string>{"memory"});
  CHECK(host_facts({}).limits_missing().size() == 3);
}

TEST_CASE("a container that Podman made without what was asked is refused") {
  auto spec = shop();
  spec.service.env = {{"A", "1"}};
  auto good = json::parse(R"({"Config":{"Labels":{"io.podwright.installation":"i1","io.podwright.app":"shop","io.podwright.environment":"production","io.podwright.release":"3"},"Env":["A=1"]},
    "HostConfig":{"ReadonlyRootfs":true,"CapDrop":["CAP_KILL"],"SecurityOpt":["no-new-privileges"]},
    "NetworkSettings":{"Ports":{"3000/tcp":[{"HostIp":"127.0.0.1","HostPort":"40000"}]}}})").get_object();
  REQUIRE(check_created(spec, good));
  auto without = [&](std::string_view section, std::string_view key) {
    auto changed = good;
    changed[section].get_object().erase(key);
    return check_created(spec, changed);
  };
  CHECK(without("Config", "Labels").error().message.contains("label"));
  CHECK(without("Config", "Env").error().message.contains("environment variable A"));
  CHECK(without("HostConfig", "ReadonlyRootfs").error().message.contains("read-only root"));
  CHECK(without("HostConfig", "CapDrop").error().message.contains("capabilities"));
  CHECK(without("HostConfig", "SecurityOpt").error().message.contains("no-new-privileges"));
  CHECK(without("NetworkSettings", "Ports").error().message.contains("127.0.0.1"));
}
