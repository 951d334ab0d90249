// What only real Podman can show: that the hardening holds inside, and how its failures come out.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "base/fd.hh"
#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "contract/runtime/podman_lab.hh"
#include "deploy/plan.hh"
#include "podman/environment.hh"

using namespace podwright;
using namespace podwright::contract;
using namespace std::chrono_literals;

namespace {

// Runs the shell text in a container of its own and answers what it wrote.
std::string said_by(PodmanLab& lab, InstanceSpec spec, const std::string& shell) {
  spec.service.command = {"sh", "-c", shell};
  auto made = lab.runtime().create(spec);
  REQUIRE_MESSAGE(made, made.error().text());
  auto begun = lab.runtime().start(spec.name);
  REQUIRE_MESSAGE(begun, begun.error().text());
  REQUIRE(eventually(10s, [&] { return lab.runtime().inspect(spec.name)->state == InstanceState::exited; }));
  auto log = lab.log_of(spec.name);
  REQUIRE(lab.runtime().remove(spec.name));
  return log;
}

bool has_podman() { return has_program("podman"); }

}  // namespace

TEST_CASE("inside there are no capabilities, no new privileges, a read-only root and bounded temporary folders") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto log = said_by(lab, lab.spec("hard", {}), "cat /proc/self/status; touch /x && echo WROTE; touch /tmp/x /run/x /var/tmp/x && echo TMP; ulimit -n; umask; cat /proc/mounts");
  CHECK(log.contains("CapEff:\t0000000000000000"));
  CHECK(log.contains("CapBnd:\t0000000000000000"));
  CHECK(log.contains("NoNewPrivs:\t1"));
  CHECK(log.contains("Seccomp:\t2"));
  CHECK_FALSE(log.contains("WROTE"));
  CHECK(log.contains("TMP\n4096\n0022\n"));
  CHECK(log.contains("size=262144k"));
}

TEST_CASE("limits are set on the container's control group wherever the controllers exist") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto spec = lab.spec("limits", lab.serves());
  spec.service.limits = {.cpu_millis = 250, .memory_bytes = 48 << 20, .pids = 77, .nofile = 1 << 30};
  auto made = lab.runtime().create(spec);
  REQUIRE_MESSAGE(made, made.error().text());
  REQUIRE(lab.runtime().start(spec.name));
  auto missing = lab.runtime().limits_missing();
  REQUIRE(missing);
  auto inspected = lab.client().call_json({.path = "/containers/" + spec.name + "/json"});
  REQUIRE(inspected);
  const auto& host = inspected->at("HostConfig");
  auto lacks = [&](const char* name) { return std::ranges::find(*missing, name) != missing->end(); };
  if (!lacks("memory")) CHECK(host.at("Memory").as_int64() == 48 << 20);
  if (!lacks("pids")) CHECK(host.at("PidsLimit").as_int64() == 77);
  if (!lacks("cpu")) CHECK(host.at("NanoCpus").as_int64() == 250'000'000);
  CHECK(inspected->at("HostConfig").at("LogConfig").at("Size").as_string() == "10.49MB");
}

TEST_CASE("the environment arrives byte for byte, and nothing of ours comes with it") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto spec = lab.spec("env", {});
  ::setenv("PODWRIGHT_TEST_LEAK", "leaked", 1);
  spec.service.env = {{"MULTI", "a\nb\n\n"}, {"ODD", "\"'%s$HOME`id`\\n\x01 ü=;*"}, {"EMPTY", ""}};
  CHECK(said_by(lab, spec, "printf '[%s][%s][%s]' \"$MULTI\" \"$ODD\" \"${EMPTY-unset}\"") == "[a\nb\n\n][\"'%s$HOME`id`\\n\x01 ü=;*][]");
  CHECK_FALSE(said_by(lab, spec, "env").contains("leaked"));
}

TEST_CASE("a volume outlives its container, and a foreign volume or network of that name is a conflict") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto spec = lab.spec("volume", {});
  spec.service.volumes = {{.name = "data", .target = "/data"}};
  said_by(lab, spec, "echo kept > /data/file");
  CHECK(said_by(lab, spec, "cat /data/file") == "kept\n");
  auto other = spec;
  other.service.volumes = {{.name = "other", .target = "/data"}};
  auto foreign_volume = deploy::volume_name(spec.labels, other.service.volumes[0]);
  REQUIRE(lab.client().call({.method = "POST", .path = "/volumes/create", .body = "{\"Name\":\"" + foreign_volume + "\"}"}));
  CHECK(lab.runtime().create(other).error().code == ErrorCode::conflict);
  CHECK(lab.client().call({.method = "DELETE", .path = "/volumes/" + foreign_volume}));
  auto in_foreign = lab.spec("in-foreign", lab.serves());
  in_foreign.network = "podman";  // Podman's own
  CHECK(lab.runtime().create(in_foreign).error().code == ErrorCode::conflict);
}

TEST_CASE("a published port is reachable on 127.0.0.1 only, and a port that was taken meanwhile is a conflict") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto spec = lab.spec("port", lab.serves());
  auto made = lab.runtime().create(spec);
  REQUIRE_MESSAGE(made, made.error().text());
  Fd thief(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(made->host_port));
  REQUIRE(::bind(thief.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(thief.get(), 1) == 0);
  auto begun = lab.runtime().start(spec.name);
  REQUIRE_FALSE(begun);
  CHECK(begun.error().code == ErrorCode::conflict);
  REQUIRE(lab.runtime().remove(spec.name));
  auto again = lab.runtime().create(spec);
  REQUIRE(again);
  REQUIRE(lab.runtime().start(spec.name));
  CHECK(answers(*again));
  CHECK_FALSE(lab.runtime().inspect(spec.name)->address.empty());
}

TEST_CASE("Podman's command line works with our configuration, as the builder uses it") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto environment = podman::prepare(fs::temp_directory_path() / "podwright-test-podman");
  REQUIRE(environment);
  Command command{.argv = {"podman", "run", "--rm", "--network=none", lab.image(), "echo", "fine"}};
  if (!environment->containers_conf.empty()) command.env["CONTAINERS_CONF"] = environment->containers_conf;
  auto out = run_ok(command);
  REQUIRE_MESSAGE(out, out.error().text());
  CHECK(*out == "fine\n");
}

TEST_CASE("a command that the image does not have fails the start and says why") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto spec = lab.spec("nope", {"/no/such/program"});
  REQUIRE(lab.runtime().create(spec));
  auto begun = lab.runtime().start(spec.name);
  if (!begun) {
    CHECK(begun.error().code == ErrorCode::failed);
    CHECK_FALSE(begun.error().hint.empty());
  } else {  // with an init process the start succeeds, and the init says it
    REQUIRE(eventually(5s, [&] { return lab.runtime().inspect(spec.name)->state == InstanceState::exited; }));
    CHECK(lab.runtime().inspect(spec.name)->exit_code != 0);
    CHECK(lab.log_of(spec.name).contains("No such file or directory"));
  }
}

TEST_CASE("an exec that does not end in time is killed") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto spec = lab.spec("slow-exec", lab.serves());
  REQUIRE(lab.runtime().create(spec));
  REQUIRE(lab.runtime().start(spec.name));
  Stopwatch watch;
  auto result = lab.runtime().exec(spec.name, {"sleep", "4242"}, 700ms);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::timeout);
  CHECK(watch.elapsed() < 3s);
  CHECK(eventually(3s, [&] {
    auto left = lab.runtime().exec(spec.name, {"sh", "-c", "cat /proc/[0-9]*/cmdline"}, 5s);
    return left && !left->output.contains("4242");
  }));
}

TEST_CASE("when Podman's service dies calls say unavailable, applications run on, and prepare brings it back") {
  if (!has_podman()) return;
  PodmanLab lab;
  auto state = TempDir::make("podwright-service");
  REQUIRE(state);
  auto first = podman::prepare(state->path());
  REQUIRE_MESSAGE(first, first.error().text());
  if (!first->socket_path.starts_with(state->path().string())) return;  // the machine's own service: not ours to kill
  auto again = podman::prepare(state->path());
  REQUIRE(again);
  CHECK(again->socket_path == first->socket_path);

  podman::PodmanRuntime runtime(podman::Client(first->socket_path), lab.installation());
  auto spec = lab.spec("survivor", lab.serves());
  REQUIRE(runtime.create(spec));
  REQUIRE(runtime.start(spec.name));
  auto before = runtime.inspect(spec.name);
  REQUIRE(before);

  auto service = [&] {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    first->socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ucred peer{};
    socklen_t size = sizeof peer;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    return peer.pid;
  };
  auto end_service = [&] {
    auto pid = service();
    REQUIRE(pid > 1);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  };
  end_service();
  CHECK(runtime.inspect(spec.name).error().code == ErrorCode::unavailable);
  CHECK(answers(*before));
  REQUIRE(podman::prepare(state->path()));
  auto after = runtime.inspect(spec.name);
  REQUIRE_MESSAGE(after, after.error().text());
  CHECK(after->state == InstanceState::running);
  CHECK(after->pid == before->pid);
  CHECK(runtime.remove(spec.name));
  end_service();
}
