// What Podman says: errors, containers, images, versions.
#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "podman/api_error.hh"
#include "podman/client.hh"
#include "podman/environment.hh"
#include "podman/inspect.hh"

using namespace podwright;
using namespace podwright::podman;
namespace json = boost::json;

TEST_CASE("an error answer means the same whatever status this version of Podman gives it") {
  struct Row {
    long status;
    const char* body;
    ErrorCode expected;
  };
  const Row rows[] = {
      {404, R"({"cause":"no such container","message":"no container with name or ID \"x\" found: no such container","response":404})", ErrorCode::not_found},
      {500, R"({"cause":"image not known","message":"x: image not known","response":500})", ErrorCode::not_found},
      {500, R"({"message":"creating container storage: the container name \"x\" is already in use by 05: that name is already in use"})", ErrorCode::conflict},
      {500, R"({"message":"volume with name x already exists: volume already exists"})", ErrorCode::conflict},
      {500, R"({"message":"cannot listen on the TCP port: listen tcp4 127.0.0.1:38059: bind: address already in use"})", ErrorCode::conflict},
      {500, R"({"message":"can only create exec sessions on running containers: container state improper"})", ErrorCode::conflict},
      {500, R"~({"message":"netavark: No such file or directory (os error 2)"})~", ErrorCode::unavailable},
      {500, R"({"message":"runc: exec: \"nope\": executable file not found in $PATH: No such file or directory"})", ErrorCode::failed},
      {500, R"({"message":"write /var/lib/x: no space left on device"})", ErrorCode::exhausted},
      {400, R"({"message":"no command or entrypoint provided"})", ErrorCode::invalid},
      {409, R"({"message":"anything"})", ErrorCode::conflict},
      {502, "<html>not json\x1b[0m", ErrorCode::failed},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    auto error = api_error(row.status, row.body, "a test");
    CHECK(error.code == row.expected);
    CHECK_FALSE(error.text().contains('\x1b'));
  }
}

TEST_CASE("a container reads the same from inspect and from list") {
  auto inspected = json::parse(R"({"Id":"c1","Name":"pw-a","Image":"sha256:i1","State":{"Status":"running","Pid":42,"ExitCode":0,"OOMKilled":false},
    "Config":{"Labels":{"a":"b"},"StopSignal":15},"NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"1"},{"HostIp":"127.0.0.1","HostPort":"4000"}],"81/tcp":null},
    "Networks":{"n":{"IPAddress":"10.89.0.2"}}}})").get_object();
  auto listed = json::parse(R"({"Id":"c1","Names":["pw-a"],"ImageID":"i1","State":"running","Pid":42,"ExitCode":0,"Labels":{"a":"b"},
    "Ports":[{"host_ip":"127.0.0.1","container_port":80,"host_port":4000,"range":1,"protocol":"tcp"}]})").get_object();
  for (const auto& instance : {instance_of(inspected), instance_of_listed(listed)}) {
    CHECK(instance.id == "c1");
    CHECK(instance.name == "pw-a");
    CHECK(instance.image_id == "i1");
    CHECK(instance.state == InstanceState::running);
    CHECK(instance.pid == 42);
    CHECK(instance.host_port == 4000);
    CHECK(instance.labels == Labels{{"a", "b"}});
  }
  CHECK(instance_of(inspected).address == "10.89.0.2");
  CHECK(instance_of({}).state == InstanceState::other);
  CHECK(instance_of_listed({}).name.empty());
}

TEST_CASE("the stop signal is read as a number, as a name, or as SIGTERM") {
  CHECK(stop_signal_of(json::parse(R"({"Config":{"StopSignal":3}})").get_object()) == "3");
  CHECK(stop_signal_of(json::parse(R"({"Config":{"StopSignal":"SIGQUIT"}})").get_object()) == "SIGQUIT");
  CHECK(stop_signal_of({}) == "15");
}

TEST_CASE("an image's description is read with its time, and null labels are no labels") {
  auto image = image_of(json::parse(R"({"Id":"sha256:ab","Digest":"sha256:cd","RepoTags":["x:1"],"Labels":null,"Size":7,"Created":"2026-11-21T01:14:47.648372226Z"})").get_object());
  CHECK(image.id == "ab");
  CHECK(image.digest == "sha256:cd");
  CHECK(image.names == std::vector<std::string>{"x:1"});
  CHECK(image.size_bytes == 7);
  CHECK(image.created_s == 1795223687);
  CHECK(image_of(json::parse(R"({"Created":"yesterday"})").get_object()).created_s == 0);
}

TEST_CASE("Podman 4.3 and newer is accepted, older is refused with what to do") {
  for (const char* good : {"4.3.1", "4.9.4-rhel", "5.4.2", "6.0.0"}) CHECK(check_version(good));
  for (const char* bad : {"3.4.4", "4.2.0", "", "x"}) {
    auto status = check_version(bad);
    REQUIRE_FALSE(status);
    CHECK(status.error().hint.contains("upgrade"));
  }
}

TEST_CASE("Podman gets a configuration of ours only where its defaults fail") {
  MachineFacts usual{.rootful = true};
  CHECK(overrides_for(usual).empty());
  MachineFacts old_cgroups{.rootful = false, .cgroup_v2 = false, .has_crun = true, .has_runc = true};
  CHECK(overrides_for(old_cgroups).runtime == "runc");
  CHECK(overrides_for({.pids_controller = false}).no_pids_limit);
  MachineFacts boxed{.rootful = true, .may_raise_limits = false, .nofile_hard = 20000, .nproc_hard = 5000};
  MachineFacts pid_max{.rootful = true, .may_raise_limits = false, .nofile_hard = 20000, .nproc_hard = 96365};
  CHECK(overrides_for(pid_max).ulimits[1] == "nproc=32768:32768");
  CHECK(overrides_for(boxed).ulimits == std::vector<std::string>{"nofile=20000:20000", "nproc=5000:5000"});
}

TEST_CASE("our configuration keeps what the user's files say") {
  Overrides overrides{.runtime = "runc", .ulimits = {"nofile=1:1"}};
  auto text = containers_conf({"[engine]\ncgroup_manager = \"cgroupfs\"\n[containers]\ntz = \"UTC\"\n", "[containers]\ntz = \"local\"\n"}, overrides).value();
  CHECK(text.contains("cgroup_manager = 'cgroupfs'"));
  CHECK(text.contains("tz = 'local'"));
  CHECK(text.contains("runtime = 'runc'"));
  CHECK(text.contains("'nofile=1:1'"));
  CHECK(containers_conf({"[engine]\nruntime = \"kata\"\n"}, overrides).value().contains("runtime = 'kata'"));
  CHECK(containers_conf({"[containers]\npids_limit = 2048\n"}, {.no_pids_limit = true}).value().contains("pids_limit = 0"));
  CHECK(containers_conf({"[engine"}, overrides).error().code == ErrorCode::invalid);
}

TEST_CASE("names and filters cannot leave their place in a URL") {
  CHECK(escaped("a/b?c=d&e %\n") == "a%2Fb%3Fc%3Dd%26e%20%25%0A");
  CHECK(json_filters("label", {"a=\"b\""}) == R"({"label":["a=\"b\""]})");
}

TEST_CASE("a socket where nobody answers is unavailable, and says which") {
  Client client("/tmp/podwright-no-such-socket");
  auto version = client.ping();
  REQUIRE_FALSE(version);
  CHECK(version.error().code == ErrorCode::unavailable);
  CHECK(version.error().message.contains("/tmp/podwright-no-such-socket"));
}
