#include "remote/facts.hh"

#include <doctest/doctest.h>

#include <algorithm>

#include "remote/checks.hh"

using namespace podwright;
using namespace podwright::remote;

namespace {

// What a good rootless Debian 13 answers.
constexpr std::string_view kGood = R"(clock_ms=1790000000000
user=deploy
uid=1000
home=/home/deploy
kernel_name=Linux
kernel=6.12.48
arch=x86_64
os=Debian GNU/Linux 13 (trixie)
cpus=2
memory_kb=4194304
bus_socket=/run/user/1000/bus
linger=yes
data_folder=/home/deploy/.local/share/podwright
systemd_version=257
manager_state=running
podman_socket_enabled=enabled
cgroup_version=2
controllers=cpu memory pids
first_user_port=80
subuids=65536
subgids=65536
has_uidmap=yes
has_pasta=yes
has_slirp4netns=
has_haproxy=
has_init=yes
quadlet=yes
podman_socket=/run/user/1000/podman/podman.sock
podman_socket_active=yes
podman_version=5.4.2
network_backend=netavark
storage=/home/deploy/.local/share/containers/storage
total_kb=104857600
free_kb=52428800
)";

HostFacts good() {
  return parse_facts(kGood);
}

Check find(const std::vector<Check>& checks, std::string_view name) {
  auto found = std::ranges::find(checks, name, &Check::name);
  REQUIRE(found != checks.end());
  return *found;
}

}  // namespace

TEST_CASE("facts are read from lines") {
  auto facts = good();
  CHECK(facts.user == "deploy");
  CHECK(facts.uid == 1000);
  CHECK_FALSE(facts.is_root());
  CHECK(facts.memory_bytes == 4LL << 30);
  CHECK(facts.podman_version == "5.4.2");
  CHECK(facts.podman_socket_enabled);
  CHECK(facts.controllers == std::vector<std::string>{"cpu", "memory", "pids"});
  CHECK(facts.has_systemd());
  CHECK(facts.free_bytes == 50LL << 30);
  CHECK_FALSE(facts.has_slirp4netns);
}

TEST_CASE("what a host says is made inert, and what it leaves out is empty") {
  auto facts =
      parse_facts("os=evil\x1b[2J\nunknown=1\nnot a line\nuid=x\nmanager_state=offline\nsystemd_version=257\n");
  CHECK(facts.os == "evil\\x1b[2J");
  CHECK(facts.podman_version.empty());
  CHECK_FALSE(facts.has_systemd());
  CHECK(facts.first_user_port == 1024);
  CHECK(parse_facts("").arch.empty());
}

TEST_CASE("a good host passes every check") {
  auto checks = check(good(), "x86_64");
  for (const auto& each : checks) {
    INFO(each.name, ": ", each.detail);
    CHECK(each.status == CheckStatus::ok);
  }
  CHECK(is_usable(checks));
  CHECK(find(checks, "units").detail.starts_with("Quadlet"));
}

TEST_CASE("what is wrong is found, with the command that mends it") {
  struct Row {
    std::string_view name;
    CheckStatus status;
    std::string_view hint;
    bool fixable;
    void (*spoil)(HostFacts&);
  };
  for (const auto& row : std::initializer_list<Row>{
           {"machine", CheckStatus::warn, "", false, [](HostFacts& f) { f.arch = "aarch64"; }},
           {"podman", CheckStatus::fail, "apt-get install podman", false, [](HostFacts& f) { f.podman_version = ""; }},
           {"podman", CheckStatus::fail, "Debian 12", false, [](HostFacts& f) { f.podman_version = "3.4.4"; }},
           {"podman", CheckStatus::fail, "podman info", false,
            [](HostFacts& f) { f.podman_problem = "cannot set up namespace"; }},
           {"user-ids", CheckStatus::fail, "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 deploy",
            false, [](HostFacts& f) { f.subuids = 0; }},
           {"user-ids", CheckStatus::fail, "install uidmap", false, [](HostFacts& f) { f.has_uidmap = false; }},
           {"network", CheckStatus::fail, "install passt", false, [](HostFacts& f) { f.has_pasta = false; }},
           {"network", CheckStatus::fail, "install slirp4netns", false,
            [](HostFacts& f) { f.podman_version = "4.3.1", f.has_pasta = false; }},
           {"systemd", CheckStatus::fail, "boots with systemd", false, [](HostFacts& f) { f.systemd_version = 0; }},
           {"systemd", CheckStatus::fail, "dbus-user-session", false, [](HostFacts& f) { f.manager_state = ""; }},
           {"linger", CheckStatus::fail, "sudo loginctl enable-linger deploy", true,
            [](HostFacts& f) { f.linger = false; }},
           {"podman-socket", CheckStatus::fail, "systemctl --user enable --now podman.socket", true,
            [](HostFacts& f) { f.podman_socket_active = false; }},
           {"podman-socket", CheckStatus::warn, "systemctl --user enable --now podman.socket", true,
            [](HostFacts& f) { f.podman_socket_enabled = false; }},
           {"limits", CheckStatus::warn, "unified_cgroup_hierarchy", false, [](HostFacts& f) { f.cgroup_version = 1; }},
           {"limits", CheckStatus::warn, "Delegate", false, [](HostFacts& f) { f.controllers = {"memory"}; }},
           {"ports", CheckStatus::warn, "ip_unprivileged_port_start", false,
            [](HostFacts& f) { f.first_user_port = 1024; }},
           {"disk", CheckStatus::warn, "prune", false, [](HostFacts& f) { f.free_bytes = 1LL << 30; }},
           {"disk", CheckStatus::fail, "prune", false, [](HostFacts& f) { f.free_bytes = 1LL << 20; }},
           {"clock", CheckStatus::warn, "set-ntp", false, [](HostFacts& f) { f.skew_ms = -7200'000; }}}) {
    auto facts = good();
    row.spoil(facts);
    auto checks = check(facts, "x86_64");
    auto found = find(checks, row.name);
    INFO(row.name, ": ", found.detail);
    CHECK(found.status == row.status);
    CHECK(found.hint.contains(row.hint));
    CHECK(found.fixable == row.fixable);
    CHECK(is_usable(checks) == (row.status != CheckStatus::fail));
  }
}

TEST_CASE("root needs no linger, no subordinate ids and no low ports") {
  auto facts = good();
  facts.uid = 0, facts.subuids = 0, facts.has_uidmap = false, facts.first_user_port = 1024;
  auto checks = check(facts, "x86_64");
  CHECK(is_usable(checks));
  CHECK(find(checks, "ports").status == CheckStatus::ok);
  CHECK(std::ranges::find(checks, "user-ids", &Check::name) == checks.end());
}

TEST_CASE("Podman without Quadlet gets plain units") {
  auto facts = good();
  facts.podman_version = "4.3.1", facts.quadlet = false, facts.has_slirp4netns = true;
  CHECK(find(check(facts, "x86_64"), "units").detail.starts_with("plain"));
}
