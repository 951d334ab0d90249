#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <thread>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "contract/builder/bench.hh"
#include "contract/proxy/image.hh"
#include "contract/proxy/server.hh"
#include "export/proxy_unit.hh"
#include "support/must.hh"

namespace podwright::test {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// All of them share one connection, which ends a while after the last one.
std::vector<std::string> ssh_argv() {
  static const auto folder = must(TempDir::make("podwright-ssh"));
  return {"ssh",
          "-F",
          variable("PODWRIGHT_TEST_SSH_CONFIG"),
          "-o",
          "ControlMaster=auto",
          "-o",
          "ControlPersist=20",
          "-o",
          "ControlPath=" + (folder.path() / "control").native(),
          variable("PODWRIGHT_TEST_HOST")};
}

// One command line of ours on the host; everything in it is fixed or an id.
Result<std::string> ssh(const std::string& command, const std::string& input = {}) {
  auto argv = ssh_argv();
  argv.push_back(command);
  return run_ok({.argv = std::move(argv), .input = input, .limit = std::chrono::minutes(2)});
}

const units::UnitTarget& target() {
  static const auto found = [] {
    units::UnitTarget out{
        .podman = must(units::parse_podman_version(trim(must(ssh("podman version -f '{{.Client.Version}}'")))))};
    out.rootful = trim(must(ssh("id -u"))) == "0";
    return out;
  }();
  return found;
}

// The image travels as a whole, once: how only its missing layers do is another test's matter.
const std::string& image_on_host() {
  static const std::string id = [] {
    auto folder = must(TempDir::make("podwright-image"));
    auto archive = (folder.path() / "image.tar").native();
    auto saved = build::podman(build::test_settings(),
                               {"save", "--quiet", "--format=oci-archive", "-o", archive, proxy_image()});
    INFO(saved);
    must(run_ok({.argv = {"scp", "-q", "-F", variable("PODWRIGHT_TEST_SSH_CONFIG"), archive,
                          variable("PODWRIGHT_TEST_HOST") + ":image.tar"},
                 .limit = std::chrono::minutes(2)}));
    must(ssh("podman load -q -i image.tar && rm image.tar && podman image exists " + proxy_image()));
    return proxy_image();
  }();
  return id;
}

class HostServer final : public ProxyServer {
 public:
  explicit HostServer(std::string id) : systemctl_(target().rootful ? "systemctl" : "systemctl --user") {
    installation = std::move(id);
    home_ = target().rootful ? "/" : std::string(trim(must(ssh("pwd")))) + "/";
    auto units = must(units::proxy_units({.installation = installation, .image = image_on_host()}, target()));
    service_ = units.service;
    folder_ = absolute(units::proxy_folder(installation, target().rootful));
    for (const auto& file : units.files) {
      auto place = absolute(units::file_folder(file.name, target().rootful));
      unit_file_ = place + "/" + file.name;
      must(ssh(fmt::format("mkdir -p {} && cat > {}", place, unit_file_), file.content));
    }
    must(ssh(systemctl_ + " daemon-reload"));
    if (units.enable) must(ssh(fmt::format("{} enable -q {}", systemctl_, service_)));
    forward();
  }

  ~HostServer() override {
    ::kill(forwarder_, SIGTERM);
    ::waitpid(forwarder_, nullptr, 0);
    if (installation == kStays) return;
    (void)ssh(fmt::format("{0} disable -q {1}; {0} stop {1}; rm -rf {2} {3}; {0} daemon-reload", systemctl_, service_,
                          unit_file_, folder_));
  }

  route::UnitReach reach() override {
    return {
        .place = "the host",
        .put_files = [this](const auto& files) { return put(files); },
        .read_file = [this](const auto& name) { return read(name); },
        .socket = [this](const auto& name) -> Result<fs::path> { return sockets_.path() / name; },
        .start = [this] { return systemctl("start"); },
        .stop = [this] { return systemctl("stop"); },
        .last_words = [this] { return ssh(fmt::format("{} -o cat -n 100 -u {}", journal(), service_)).value_or(""); }};
  }

  void kill_proxy() override { (void)ssh("podman kill " + units::proxy_name(installation)); }

  std::string mode_of(const std::string& file) override {
    return std::string(trim(ssh(fmt::format("stat -c %a {}/{}", folder_, file)).value_or("none")));
  }

 private:
  std::string absolute(const std::string& folder) const { return folder.starts_with('/') ? folder : home_ + folder; }

  Status systemctl(std::string_view verb) {
    TRY(ssh(fmt::format("{} {} {}", systemctl_, verb, service_)));
    return {};
  }

  static std::string journal() { return target().rootful ? "journalctl" : "journalctl --user"; }

  Status put(const std::vector<route::HomeFile>& files) {
    TRY(ssh(fmt::format("umask 077 && mkdir -p {}", folder_)));
    for (const auto& [name, content] : files)
      TRY(ssh(fmt::format("umask 077 && cd {0} && cat > .{1} && mv .{1} {1}", folder_, name), content));
    return {};
  }

  Result<std::string> read(const std::string& name) {
    auto text = ssh(fmt::format("cd {} && cat {}", folder_, name));
    if (!text) return fail(ErrorCode::not_found, "there is no {}", name);
    return text;
  }

  void forward() {
    Command command{
        .argv = {"ssh", "-F", variable("PODWRIGHT_TEST_SSH_CONFIG"), "-N", "-o", "ExitOnForwardFailure=yes"}};
    for (auto name : {"admin.sock", "master.sock"}) {
      command.argv.emplace_back("-L");
      command.argv.push_back(fmt::format("{}/{}:{}/{}", sockets_.path().native(), name, folder_, name));
    }
    command.argv.push_back(variable("PODWRIGHT_TEST_HOST"));
    forwarder_ = must(spawn_detached(command, ""));
    std::error_code ignored;
    for (auto deadline = Deadline::in(std::chrono::seconds(20));
         !fs::exists(sockets_.path() / "master.sock", ignored);) {
      REQUIRE_FALSE(deadline.passed());
      std::this_thread::sleep_for(Millis(10));
    }
  }

  std::string systemctl_, home_, service_, folder_, unit_file_;
  TempDir sockets_ = must(TempDir::make("podwright-sockets"));
  pid_t forwarder_ = 0;
};

}  // namespace

bool has_host() {
  return !variable("PODWRIGHT_TEST_HOST").empty();
}

std::unique_ptr<ProxyServer> host_server(std::string installation) {
  return std::make_unique<HostServer>(std::move(installation));
}

}  // namespace podwright::test
