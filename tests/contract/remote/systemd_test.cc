#include "remote/systemd.hh"

#include <doctest/doctest.h>

#include "base/ids.hh"
#include "contract/remote/lab.hh"
#include "remote/facts.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::remote;

namespace {

constexpr Millis kLimit = std::chrono::seconds(20);

// Units of a test on one host, removed at its end.
struct UnitLab {
  Link& link;
  HostFacts facts = must(look_at(link));
  Systemd systemd{must(link.forward_socket(facts.bus_socket))};
  std::string folder = facts.is_root() ? "/etc/systemd/system" : ".config/systemd/user";
  std::string name = "pw-test-" + random_hex(4) + ".service";

  explicit UnitLab(Link& to) : link(to) {}
  ~UnitLab() {
    (void)systemd.stop(name, kLimit);
    (void)link.run_script({.text = "rm -f \"$1\"", .args = {folder + "/" + name}});
    (void)systemd.daemon_reload();
    (void)systemd.reset_failed(name);
  }
  void install(const std::string& service) {
    REQUIRE(link.put_files(folder, {{name, "[Service]\n" + service + "[Install]\nWantedBy=default.target\n"}}, 0644));
    REQUIRE(systemd.daemon_reload());
  }
};

template <class Body>
void on_every_manager(const Body& body) {
  auto scratch = must(TempDir::make("links"));
  for (auto& host : lab_hosts(scratch.path())) {
    if (!host.is_real()) continue;
    CAPTURE(host.text());
    auto link = must(Link::make(host.settings));
    UnitLab lab(*link);
    body(lab);
  }
}

}  // namespace

TEST_CASE("the service manager answers over the forwarded bus") {
  on_every_manager(
      [](UnitLab& lab) { CHECK(must(lab.systemd.version()).starts_with(std::to_string(lab.facts.systemd_version))); });
}

TEST_CASE("a unit is loaded, started, seen, listed, restarted and stopped") {
  on_every_manager([](UnitLab& lab) {
    CHECK(must(lab.systemd.state(lab.name)).load == "not-found");
    lab.install("ExecStart=/bin/sleep 1000\n");
    REQUIRE(lab.systemd.start(lab.name, kLimit));
    auto state = must(lab.systemd.state(lab.name));
    CHECK(state.load == "loaded");
    CHECK(state.active == "active");
    CHECK(state.sub == "running");
    CHECK(state.main_pid > 0);
    CHECK(state.fragment.ends_with(lab.name));
    CHECK_FALSE(state.needs_reload);
    auto listed = must(lab.systemd.list({"pw-test-*.service"}));
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].name == lab.name);
    CHECK(listed[0].is_active());
    REQUIRE(lab.systemd.restart(lab.name, kLimit));
    CHECK(must(lab.systemd.state(lab.name)).main_pid != state.main_pid);
    REQUIRE(lab.systemd.stop(lab.name, kLimit));
    CHECK(must(lab.systemd.state(lab.name)).active == "inactive");
  });
}

TEST_CASE("a start waits until the unit says that it is ready, or says why it failed") {
  on_every_manager([](UnitLab& lab) {
    lab.install("Type=oneshot\nExecStart=/bin/sh -c 'exit 7'\n");
    auto failed = lab.systemd.start(lab.name, kLimit);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == ErrorCode::failed);
    CHECK(failed.error().message.contains("exit-code (status 7)"));
    auto state = must(lab.systemd.state(lab.name));
    CHECK(state.active == "failed");
    CHECK(state.exec_status == 7);
    CHECK(state.exec_code == 1);
    REQUIRE(lab.systemd.reset_failed(lab.name));
    CHECK(must(lab.systemd.state(lab.name)).active == "inactive");
    lab.install("Type=notify\nExecStart=/bin/sleep 1000\nTimeoutStartSec=60\n");
    CHECK(lab.systemd.start(lab.name, Millis(700)).error().code == ErrorCode::timeout);
    std::stop_source stopped;
    stopped.request_stop();
    CHECK(lab.systemd.start(lab.name, kLimit, stopped.get_token()).error().code == ErrorCode::cancelled);
  });
}

TEST_CASE("a changed file shows until the units are reloaded, and a broken one says so") {
  on_every_manager([](UnitLab& lab) {
    lab.install("ExecStart=/bin/sleep 1000\n");
    REQUIRE(lab.systemd.start(lab.name, kLimit));
    REQUIRE(lab.link.run_script_ok(
        {.text = "echo '# changed' >> \"$1\"; touch -d '+1 hour' \"$1\"", .args = {lab.folder + "/" + lab.name}}));
    CHECK(must(lab.systemd.state(lab.name)).needs_reload);
    REQUIRE(lab.systemd.daemon_reload());
    CHECK_FALSE(must(lab.systemd.state(lab.name)).needs_reload);
    REQUIRE(lab.systemd.stop(lab.name, kLimit));
    lab.install("ExecStart=not/absolute/$(\n");
    CHECK(must(lab.systemd.state(lab.name)).load == "bad-setting");
    CHECK(lab.systemd.start(lab.name, kLimit).error().code == ErrorCode::failed);
  });
}

TEST_CASE("a unit that is enabled is wanted at boot until it is disabled") {
  on_every_manager([](UnitLab& lab) {
    lab.install("ExecStart=/bin/sleep 1000\n");
    auto wanted = [&] {
      return must(lab.link.run_script(
                      {.text = "[ -L \"$1\" ]", .args = {lab.folder + "/default.target.wants/" + lab.name}}))
                 .exit_code == 0;
    };
    REQUIRE(lab.systemd.enable({lab.name}));
    CHECK(wanted());
    REQUIRE(lab.systemd.disable({lab.name}));
    CHECK_FALSE(wanted());
  });
}

TEST_CASE("what is not there is nothing to stop, and nothing to start") {
  on_every_manager([](UnitLab& lab) {
    CHECK(lab.systemd.stop("pw-no-such.service", kLimit));
    CHECK(lab.systemd.reset_failed("pw-no-such.service"));
    CHECK(lab.systemd.start("pw-no-such.service", kLimit).error().code == ErrorCode::not_found);
    CHECK_FALSE(lab.systemd.state("no unit's name").has_value());
  });
}

TEST_CASE("a bus that nobody answers on is unavailable") {
  CHECK(Systemd("/nowhere/bus").version().error().code == ErrorCode::unavailable);
}
