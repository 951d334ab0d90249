#include "remote/link.hh"

#include <doctest/doctest.h>

#include <thread>

#include "contract/remote/lab.hh"
#include "podman/client.hh"
#include "remote/checks.hh"
#include "remote/facts.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::remote;

namespace {

// The same test on every host.
template <class Body>
void on_every_host(const Body& body) {
  auto scratch = must(TempDir::make("links"));
  for (auto& host : lab_hosts(scratch.path())) {
    CAPTURE(host.text());
    auto link = must(Link::make(host.settings));
    body(*link, host);
  }
}

template <class Body>
void on_every_real_host(const Body& body) {
  on_every_host([&](Link& link, const LabHost& host) {
    if (host.is_real()) body(link, host);
  });
}

}  // namespace

TEST_CASE("a script runs with its words, its input, its output on both streams and its exit code") {
  on_every_host([](Link& link, const LabHost&) {
    std::string streamed;
    auto ended = must(link.run_script(
        {.text = "printf '%s|' \"$@\"; cat; echo oops >&2; exit 3", .args = {"a b", "$(id)", "'\n"}, .input = "in"}, {},
        [&](std::string_view chunk) { streamed += chunk; }));
    CHECK(ended.out == "a b|$(id)|'\n|in");
    CHECK(ended.err == "oops\n");
    CHECK(ended.exit_code == 3);
    CHECK(streamed == ended.out);
  });
}

TEST_CASE("a failed step is an error with what it printed") {
  on_every_host([](Link& link, const LabHost&) {
    auto failed = link.run_script_ok({.text = "echo why >&2; exit 1"});
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == ErrorCode::failed);
    CHECK(failed.error().message == "why");
    CHECK(must(link.run_script_ok({.text = "echo fine"})) == "fine\n");
  });
}

TEST_CASE("a script that takes too long or is not wanted any more ends") {
  on_every_host([](Link& link, const LabHost&) {
    REQUIRE(link.ensure());
    auto slow = link.run_script({.text = "sleep 30", .limit = Millis(300)});
    REQUIRE_FALSE(slow.has_value());
    CHECK(slow.error().code == ErrorCode::timeout);
    std::stop_source stop;
    auto stopped = link.run_script({.text = "echo here; sleep 30"}, stop.get_token(),
                                   [&](std::string_view) { stop.request_stop(); });
    REQUIRE_FALSE(stopped.has_value());
    CHECK(stopped.error().code == ErrorCode::cancelled);
  });
}

TEST_CASE("many scripts run side by side") {
  on_every_host([](Link& link, const LabHost&) {
    std::vector<std::string> answers(24);
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < answers.size(); ++i)
        threads.emplace_back([&, i] {
          auto answer = link.run_script_ok({.text = "echo \"$1\"", .args = {std::to_string(i)}});
          answers[i] = answer ? *answer : answer.error().text();
        });
    }
    for (size_t i = 0; i < answers.size(); ++i) CHECK(answers[i] == std::to_string(i) + "\n");
  });
}

TEST_CASE("files arrive byte for byte, private, in folders that are made for them") {
  on_every_host([](Link& link, const LabHost&) {
    auto folder = "/tmp/podwright-files-test-" + std::to_string(::getpid());
    std::string binary;
    for (int i = 0; i < 300'000; ++i) binary += static_cast<char>(i * 31);
    REQUIRE(link.put_files(folder, {{"a.container", "[Container]\n"}, {"sub/b c", binary}, {"empty", ""}}));
    REQUIRE(link.put_files(folder, {{"a.container", "new"}}, 0644));
    auto listed = must(link.run_script_ok(
        {.text = "cd \"$1\"; find . -type f -exec stat -c '%a %s %n' {} + | sort; cat a.container; cksum < 'sub/b c'",
         .args = {folder}}));
    auto sum = must(run_ok({.argv = {"cksum"}, .input = binary}));
    CHECK(listed == "600 0 ./empty\n600 300000 ./sub/b c\n644 3 ./a.container\nnew" + sum);
    CHECK(link.put_files(folder, {{"../x", ""}}).error().code == ErrorCode::invalid);
    CHECK(link.put_files(folder, {{"/etc/x", ""}}).error().code == ErrorCode::invalid);
    CHECK(link.put_files("../x", {{"x", ""}}).error().code == ErrorCode::invalid);
    CHECK(link.put_files("/proc/nowhere", {{"x", ""}}).error().code == ErrorCode::failed);
    must(link.run_script_ok({.text = "rm -r \"$1\"", .args = {folder}}));
  });
}

TEST_CASE("a host's facts and checks tell it as it is") {
  on_every_real_host([](Link& link, const LabHost& host) {
    auto facts = must(look_at(link));
    CHECK(facts.os.contains(host.release));
    CHECK(facts.user == (host.mode == "rootful" ? "root" : "deploy"));
    CHECK(facts.podman_version.starts_with(host.release == "trixie" ? "5.4" : "4.3"));
    CHECK(facts.quadlet == (host.release == "trixie"));
    CHECK(facts.systemd_version == (host.release == "trixie" ? 257 : 252));
    CHECK(facts.manager_state == "running");
    CHECK(facts.network_backend == "netavark");
    CHECK(facts.podman_socket_active);
    CHECK(facts.podman_socket_enabled);
    CHECK(facts.linger);
    CHECK(facts.cgroup_version == 2);
    CHECK(facts.free_bytes > 0);
    CHECK(std::abs(facts.skew_ms) < 1000);
    auto checks = check(facts, facts.arch);
    for (const auto& each : checks) {
      INFO(each.name, ": ", each.detail);
      CHECK(each.status != CheckStatus::fail);
    }
  });
}

TEST_CASE("Podman answers through its forwarded socket") {
  on_every_real_host([](Link& link, const LabHost& host) {
    auto facts = must(look_at(link));
    podman::Client client(must(link.forward_socket(facts.podman_socket)));
    CHECK(must(client.ping()).starts_with(host.release == "trixie" ? "5.4" : "4.3"));
    CHECK(must(link.forward_socket(facts.podman_socket)) == client.socket_path());
  });
}

TEST_CASE("a port of the host is reached through a socket here, until it is cancelled") {
  on_every_real_host([](Link& link, const LabHost&) {
    auto endpoint = must(link.forward_port(22));
    auto banner = [&] {
      auto read =
          run({.argv = {"curl", "-s", "--max-time", "5", "--http0.9", "--unix-socket", endpoint.socket, "http://x/"}});
      return read ? read->out : read.error().text();
    };
    CHECK(banner().starts_with("SSH-2.0"));
    link.cancel_port(22);
    CHECK(banner().empty());
    CHECK(must(link.forward_port(22)).socket != endpoint.socket);
  });
}

TEST_CASE("what cannot be a socket's path is not forwarded") {
  on_every_real_host([](Link& link, const LabHost&) {
    for (auto path : {"", "relative", "/a:b", "/a b", "/%h", "/${HOME}", "/a\nb"})
      CHECK(link.forward_socket(path).error().code == ErrorCode::invalid);
    CHECK(link.forward_port(0).error().code == ErrorCode::invalid);
  });
}

TEST_CASE("a broken connection is noticed, and the next call makes it anew with its sockets") {
  on_every_real_host([](Link& link, const LabHost& host) {
    auto facts = must(look_at(link));
    podman::Client client(must(link.forward_socket(facts.podman_socket)));
    CHECK(client.ping());
    if (host.mode == "rootful") return;  // root would end everybody's connections
    auto broken = link.run_script({.text = "echo begun; pkill -KILL -u \"$(id -u)\" '^sshd'; sleep 30"});
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().code == ErrorCode::unavailable);
    CHECK(broken.error().message.contains("broke"));
    CHECK(must(link.run_script_ok({.text = "echo again"})) == "again\n");
    CHECK(must(link.forward_socket(facts.podman_socket)) == client.socket_path());
    CHECK(client.ping());
  });
}

TEST_CASE("another host key than the pinned one is a hard stop") {
  auto scratch = must(TempDir::make("links"));
  for (auto& host : lab_hosts(scratch.path())) {
    if (!host.is_real()) continue;
    auto settings = host.settings;
    settings.host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    auto link = must(Link::make(settings));
    auto refused = link->run_script({.text = "true"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::denied);
    CHECK(refused.error().message.contains("is not the pinned one"));
    CHECK_FALSE(refused.error().message.contains("unknown"));
  }
}
