#include "unit/cli/fake_daemon.hh"

namespace podwright::cli {

namespace {

constexpr auto kUsable = R"({"name":"web1","destination":"deploy@web1","fingerprint":"SHA256:abc","usable":true,
  "labels":{"role":"web"},"checked_at":"2026-01-04T10:30:00.000Z",
  "facts":{"os":"Debian\u001b[31m","podman_version":"5.4.2","uid":1000,"free_bytes":1073741824},
  "checks":[{"name":"podman","status":"ok","detail":"Podman 5.4.2","hint":"","fixable":false}]})";
constexpr auto kFailing = R"({"name":"web1","destination":"deploy@web1","usable":false,
  "checks":[{"name":"linger","status":"fail","detail":"not lingering","hint":"sudo loginctl enable-linger deploy","fixable":true}]})";
constexpr auto kNewKey = R"({"key":"ssh-ed25519 AAAA","fingerprint":"SHA256:abc","known":"unknown"})";

}  // namespace

TEST_CASE("a person is asked about a key that nobody knows, and their answer pins it") {
  FakeDaemon daemon;
  daemon.on("POST /v1/host-keys", kNewKey);
  daemon.on("POST /v1/hosts", kUsable, 201);
  auto added = podwright(daemon.dir(), {"host", "add", "deploy@web1"}, {.interactive = true, .answer = "y"});
  CHECK(added.code == 0);
  CHECK(added.err.contains("ssh-ed25519 SHA256:abc"));
  CHECK(added.out.contains("added web1 (deploy@web1), its key is pinned: SHA256:abc"));
  CHECK(added.out.contains("✓ podman"));
  CHECK(daemon.last().body.contains(R"("host_key":"SHA256:abc")"));
}

TEST_CASE("no is an answer, and then nothing is added") {
  FakeDaemon daemon;
  daemon.on("POST /v1/host-keys", kNewKey);
  auto refused = podwright(daemon.dir(), {"host", "add", "deploy@web1"}, {.interactive = true, .answer = "n"});
  CHECK(refused.code == exit_code(ErrorCode::cancelled));
  CHECK(daemon.requests().size() == 1);
}

TEST_CASE("nobody is asked where a key is never to be accepted in passing, or is known") {
  FakeDaemon daemon;
  daemon.on("POST /v1/host-keys", R"({"key":"ssh-ed25519 AAAA","fingerprint":"SHA256:abc","known":"same"})");
  daemon.on("POST /v1/hosts", kUsable, 201);
  podwright(daemon.dir(), {"host", "add", "deploy@web1"}, {.interactive = true});
  CHECK(daemon.last().body.contains(R"("host_key":"")"));
  for (const auto& [args, person] : std::initializer_list<std::pair<std::vector<std::string>, Person>>{
           {{"host", "add", "deploy@web1", "--yes"}, {.interactive = true}},
           {{"host", "add", "deploy@web1", "--json"}, {.interactive = true}},
           {{"host", "add", "deploy@web1"}, {.interactive = false}},
           {{"host", "add", "local"}, {.interactive = true}}}) {
    auto before = daemon.requests().size();
    CHECK(podwright(daemon.dir(), args, person).code == 0);
    CHECK(daemon.requests().size() == before + 1);
    CHECK(daemon.last().path == "/v1/hosts");
    CHECK(daemon.last().body.contains(R"("host_key":"")"));
  }
}

TEST_CASE("what cannot be a destination or a label reaches no daemon") {
  FakeDaemon daemon;
  for (const auto& args : std::initializer_list<std::vector<std::string>>{{"host", "add", "x;id"},
                                                                          {"host", "add", "--", "-oProxyCommand=id"},
                                                                          {"host", "add", "web1", "--labels", "a"}}) {
    CHECK(podwright(daemon.dir(), args).code == exit_code(ErrorCode::invalid));
    CHECK(daemon.requests().empty());
  }
}

TEST_CASE("a host that fails a check says what to do and ends with the code of a failure") {
  FakeDaemon daemon;
  daemon.on("POST /v1/hosts/web1/check", kFailing);
  auto checked = podwright(daemon.dir(), {"host", "check", "web1"});
  CHECK(checked.code == exit_code(ErrorCode::failed));
  CHECK(checked.out.contains("✗ linger"));
  CHECK(checked.out.contains("hint: sudo loginctl enable-linger deploy"));
  CHECK(checked.out.contains("podwright host check web1 --fix"));
}

TEST_CASE("all hosts are checked, past one that cannot be reached") {
  FakeDaemon daemon;
  daemon.on("GET /v1/hosts", R"({"hosts":[{"name":"gone"},{"name":"web1"}]})");
  daemon.on("POST /v1/hosts/gone/check", R"({"error":{"code":"unavailable","message":"cannot connect to gone"}})", 503);
  daemon.on("POST /v1/hosts/web1/check", kUsable);
  auto checked = podwright(daemon.dir(), {"host", "check"});
  CHECK(checked.code == exit_code(ErrorCode::unavailable));
  CHECK(checked.err.contains("cannot connect to gone"));
  CHECK(checked.out.contains("✓ podman"));
}

TEST_CASE("hosts are listed with what a person chooses by, inert") {
  FakeDaemon daemon;
  daemon.on("GET /v1/hosts", std::string(R"({"hosts":[)") + kUsable + R"(,{"name":"new","destination":"new"}]})");
  auto listed = podwright(daemon.dir(), {"host", "ls"});
  CHECK(listed.out.contains("web1"));
  CHECK(listed.out.contains("ready"));
  CHECK(listed.out.contains("role=web"));
  CHECK(listed.out.contains("5.4.2 rootless"));
  CHECK(listed.out.contains("unknown"));
  CHECK_FALSE(listed.out.contains('\x1b'));
  daemon.on("GET /v1/hosts", R"({"hosts":[]})");
  CHECK(podwright(daemon.dir(), {"host", "ls"}).out.contains("podwright host add"));
}

TEST_CASE("a command's streams arrive byte for byte, and its exit code is ours") {
  FakeDaemon daemon;
  daemon.on("POST /v1/hosts/web1/exec",
            "{\"stdout\":\"AP8K\"}\n{\"stderr\":\"b29wcwo=\"}\n{\"stdout\":\"eA==\"}\n{\"exit_code\":7}\n");
  auto ran = podwright(daemon.dir(), {"host", "exec", "web1", "--", "true"});
  CHECK(ran.code == 7);
  CHECK(ran.out == std::string("\0\xff\nx", 4));
  CHECK(ran.err == "oops\n");
}

TEST_CASE("a command whose link broke ends with that error") {
  FakeDaemon daemon;
  daemon.on("POST /v1/hosts/web1/exec",
            "{\"stdout\":\"eA==\"}\n{\"error\":{\"code\":\"unavailable\",\"message\":\"the link broke\"}}\n");
  auto ran = podwright(daemon.dir(), {"host", "exec", "web1", "--", "true"});
  CHECK(ran.code == exit_code(ErrorCode::unavailable));
  CHECK(ran.err.contains("the link broke"));
  CHECK(podwright(daemon.dir(), {"host", "exec", "web1", "--limit", "soon", "--", "true"}).code == 2);
}

TEST_CASE("names of hosts are completed") {
  FakeDaemon daemon;
  daemon.on("GET /v1/hosts", R"({"hosts":[{"name":"web1"},{"name":"db1"}]})");
  Terminal terminal;
  std::string out;
  terminal.out = [&](std::string_view text) { out += text; };
  Session session(terminal);
  session.state_dir = daemon.dir();
  CHECK(complete({"host", "check", "w"}, all_commands(), session) == "web1\n");
  CHECK(complete({"host", "e"}, all_commands(), session) == "exec\n");
}

}  // namespace podwright::cli
