#include <doctest/doctest.h>

#include "model/host.hh"
#include "remote/known_hosts.hh"
#include "remote/login_help.hh"
#include "remote/ssh_argv.hh"
#include "remote/ssh_failure.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::remote;

namespace {

const std::string kKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
const std::string kOther = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0fwhOL8NpD5h8dzv3oMmM7xLeWKe2IgQBVo5pZzLp3";

SshTarget target(std::string_view destination, std::string config = {}) {
  return {.destination = must(parse_ssh_destination(destination)), .ssh_config = std::move(config), .folder = "/run/x"};
}

Argv with_options(Argv before, std::initializer_list<std::string> options, const Argv& after) {
  for (const auto& option : options) before.insert(before.end(), {"-o", option});
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

}  // namespace

TEST_CASE("the master checks the pinned key and nothing else, asks nobody, and notices a dead link") {
  CHECK(master_argv(target("deploy@web1:2222", "/etc/cfg")) ==
        with_options({"ssh", "-F", "/etc/cfg"},
                     {"BatchMode=yes",
                      "LogLevel=ERROR",
                      "RequestTTY=no",
                      "RemoteCommand=none",
                      "PermitLocalCommand=no",
                      "ForwardAgent=no",
                      "ForwardX11=no",
                      "Tunnel=no",
                      "StrictHostKeyChecking=yes",
                      "UserKnownHostsFile=/run/x/known_hosts",
                      "GlobalKnownHostsFile=/dev/null",
                      "KnownHostsCommand=none",
                      "HostKeyAlias=podwright",
                      "CheckHostIP=no",
                      "VerifyHostKeyDNS=no",
                      "UpdateHostKeys=no",
                      "ConnectTimeout=10",
                      "ConnectionAttempts=1",
                      "ServerAliveInterval=3",
                      "ServerAliveCountMax=2",
                      "ControlMaster=yes",
                      "ControlPath=/run/x/m",
                      "ControlPersist=600",
                      "ClearAllForwardings=yes",
                      "StreamLocalBindUnlink=yes",
                      "StreamLocalBindMask=0177"},
                     {"-f", "-N", "-l", "deploy", "-p", "2222", "--", "web1"}));
}

TEST_CASE("a session goes over the master or not at all") {
  CHECK(session_argv(target("web1"), "exec sh") ==
        with_options({"ssh"},
                     {"BatchMode=yes", "LogLevel=ERROR", "RequestTTY=no", "RemoteCommand=none", "PermitLocalCommand=no",
                      "ForwardAgent=no", "ForwardX11=no", "Tunnel=no", "ControlMaster=no", "ControlPath=/run/x/m",
                      "ProxyCommand=false", "EscapeChar=none"},
                     {"--", "web1", "exec sh"}));
}

TEST_CASE("sockets and ports are forwarded by requests to the master") {
  auto request = [](const char* what, const Argv& more) {
    Argv argv{"ssh", "-o", "LogLevel=ERROR", "-o", "ControlPath=/run/x/m", "-O", what};
    argv.insert(argv.end(), more.begin(), more.end());
    argv.insert(argv.end(), {"-l", "deploy", "--", "2001:db8::1"});
    return argv;
  };
  auto host = target("deploy@[2001:db8::1]");
  CHECK(forward_argv(host, "/run/x/s1", "/run/podman.sock") ==
        request("forward", {"-L", "/run/x/s1:/run/podman.sock"}));
  CHECK(cancel_argv(host, "/run/x/s2", "127.0.0.1:8080") == request("cancel", {"-L", "/run/x/s2:127.0.0.1:8080"}));
  CHECK(exit_argv(host) == request("exit", {}));
}

TEST_CASE("a key is looked at without logging in") {
  auto argv = key_argv(target("web1"));
  auto has = [&](std::string_view option) { return std::ranges::find(argv, option) != argv.end(); };
  CHECK(has("PreferredAuthentications=none"));
  CHECK(has("StrictHostKeyChecking=accept-new"));
  CHECK(has("UserKnownHostsFile=/run/x/known_hosts"));
  CHECK(has("ControlPath=none"));
}

TEST_CASE("what ssh complains about becomes an error that says what to do") {
  FailedLogin login{.name = "web1", .destination = "deploy@web1", .host_key = kKey};
  struct Row {
    std::string_view complaint;
    ErrorCode code;
    std::string_view says, hint;
  };
  for (const auto& row : std::initializer_list<Row>{
           {"ssh: Could not resolve hostname web1: Name or service not known", ErrorCode::unavailable,
            "does not resolve", "spelling"},
           {"ssh: connect to host web1 port 22: Connection refused", ErrorCode::unavailable, "nothing listens", "sshd"},
           {"ssh: connect to host web1 port 22: Connection timed out", ErrorCode::timeout, "does not answer",
            "firewall"},
           {"Connection timed out during banner exchange", ErrorCode::timeout, "does not answer", "firewall"},
           {"ssh: connect to host web1 port 22: No route to host", ErrorCode::unavailable, "no route", "firewall"},
           {"deploy@web1: Permission denied (publickey,password).", ErrorCode::denied, "none of our keys",
            "ssh-copy-id deploy@web1"},
           {"Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures", ErrorCode::denied,
            "gave up", "IdentitiesOnly"},
           {"kex_exchange_identification: Connection closed by remote host", ErrorCode::unavailable,
            "closed the connection", "journalctl"},
           {"kex_exchange_identification: read: Connection reset by peer", ErrorCode::unavailable, "cut the connection",
            "journalctl"},
           {"Not allowed at this time", ErrorCode::unavailable, "holds off", "PerSourcePenalties"},
           {"/root/.ssh/config: line 3: Bad configuration option: foo", ErrorCode::invalid, "ssh_config", "ssh -G"},
           {"something\x1b[31m new", ErrorCode::unavailable, "something\\x1b[31m new", "ssh deploy@web1"},
           {"", ErrorCode::unavailable, "said nothing", "ssh deploy@web1"}}) {
    INFO(row.complaint);
    auto problem = ssh_failure(login, row.complaint);
    CHECK(problem.code == row.code);
    CHECK(problem.message.starts_with("cannot connect to web1 (deploy@web1): "));
    CHECK(problem.message.contains(row.says));
    CHECK(problem.hint.contains(row.hint));
  }
}

TEST_CASE("a changed host key is denied with both fingerprints") {
  auto problem =
      ssh_failure({.name = "web1", .destination = "deploy@web1", .host_key = kKey},
                  "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nThe fingerprint for the ED25519 key "
                  "sent by the remote host is\n"
                  "SHA256:uNiVztksCsDhcc0u9e8BrkVWbIZYl5KqBWhzFYTWVQc.\nPlease contact your system administrator.");
  CHECK(problem.code == ErrorCode::denied);
  CHECK(problem.message.contains("pinned " + must(fingerprint(kKey))));
  CHECK(problem.message.contains("offered SHA256:uNiVztksCsDhcc0u9e8BrkVWbIZYl5KqBWhzFYTWVQc)"));
  CHECK(problem.hint.contains("podwright host rm web1"));
}

TEST_CASE("known_hosts are looked up under the name that ssh uses") {
  CHECK(known_hosts_lookup("hostname web1.example.com\nport 22\nuserknownhostsfile /a /b\nglobalknownhostsfile /c\n")
            .name == "web1.example.com");
  CHECK(known_hosts_lookup("hostname web1\nport 2222\n").name == "[web1]:2222");
  auto lookup = known_hosts_lookup(
      "hostname web1\nport 22\nhostkeyalias cluster\nuserknownhostsfile /a /b\nglobalknownhostsfile /c");
  CHECK(lookup.name == "cluster");
  CHECK(lookup.files == std::vector<std::string>{"/a", "/b", "/c"});
}

TEST_CASE("a known key of the same type decides") {
  auto known = parse_known_keys("# Host web1 found: line 3\nweb1 " + kOther +
                                " comment\n|1|x|y= ecdsa-sha2-nistp256 AAAA\n@cert-authority web1 " + kKey + "\n");
  REQUIRE(known.size() == 2);
  CHECK(known_as(kOther, known) == KnownAs::same);
  CHECK(known_as(kKey, known) == KnownAs::different);
  CHECK(known_as("ssh-rsa AAAA", known) == KnownAs::unknown);
  CHECK(known_as(kKey, {}) == KnownAs::unknown);
  CHECK(known_as(kKey, parse_known_keys("@revoked * " + kKey)) == KnownAs::revoked);
  CHECK(known_as(kKey, {{.key = kOther}, {.key = kKey}}) == KnownAs::same);
}

TEST_CASE("a key is pinned only for a reason") {
  OfferedKey offered{.key = kKey, .fingerprint = must(fingerprint(kKey))};
  auto known = [&](KnownAs as) {
    auto copy = offered;
    copy.known = as;
    return copy;
  };
  Trust none, named{.fingerprint = offered.fingerprint}, wrong{.fingerprint = must(fingerprint(kOther))},
      accept{.accept_new = true};
  struct Row {
    KnownAs known;
    Trust trust;
    bool pinned;
  };
  for (const auto& row : std::initializer_list<Row>{{KnownAs::unknown, none, false},
                                                    {KnownAs::unknown, named, true},
                                                    {KnownAs::unknown, wrong, false},
                                                    {KnownAs::unknown, accept, true},
                                                    {KnownAs::same, none, true},
                                                    {KnownAs::same, wrong, false},
                                                    {KnownAs::different, none, false},
                                                    {KnownAs::different, accept, false},
                                                    {KnownAs::different, named, true},
                                                    {KnownAs::revoked, named, false},
                                                    {KnownAs::revoked, accept, false}}) {
    auto decided = decide_trust(known(row.known), row.trust);
    CHECK(decided.has_value() == row.pinned);
    if (decided) {
      CHECK(*decided == kKey);
    } else {
      CHECK(decided.error().code == ErrorCode::denied);
      CHECK(decided.error().message.contains(offered.fingerprint));
    }
  }
}

TEST_CASE("the keys of ssh_config are those that ssh -G names") {
  ::setenv("HOME", "/home/x", 1);
  CHECK(identity_files("user deploy\nidentityfile ~/.ssh/id_ed25519\nidentityfile /keys/a b\nport 22\n") ==
        std::vector<std::string>{"/home/x/.ssh/id_ed25519", "/keys/a b"});
}
