#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/fs.hh"
#include "base/text.hh"
#include "contract/builder/bench.hh"
#include "contract/proxy/image.hh"
#include "contract/proxy/server.hh"
#include "export/proxy_unit.hh"

namespace podwright::test {

namespace {

class ContainerServer final : public ProxyServer {
 public:
  explicit ContainerServer(std::string id) : settings_(build::test_settings()), name_(units::proxy_name(id)) {
    installation = std::move(id);
  }
  ~ContainerServer() override { build::podman(settings_, {"rm", "-f", "-i", "-t", "0", name_}); }

  route::UnitReach reach() override {
    return {.place = "a container",
            .put_files = [this](const auto& files) { return put(files); },
            .read_file = [this](const auto& name) { return read_file(folder_.path() / name); },
            .socket = [this](const auto& name) -> Result<fs::path> { return folder_.path() / name; },
            .forwarded = false,
            .start = [this] { return start(); },
            .stop = [this]() -> Status {
              build::podman(settings_, {"rm", "-f", "-i", "-t", "5", name_});
              return {};
            },
            .last_words = [this] { return build::podman(settings_, {"logs", name_}); }};
  }

  void kill_proxy() override {
    build::podman(settings_, {"kill", name_});
    build::podman(settings_, {"wait", name_});
  }

  std::string mode_of(const std::string& file) override {
    struct stat info{};
    return ::stat((folder_.path() / file).c_str(), &info) == 0 ? fmt::format("{:o}", info.st_mode & 0777) : "none";
  }

 private:
  Status put(const std::vector<route::HomeFile>& files) {
    for (const auto& [name, content] : files) TRY(write_file(folder_.path() / name, content, 0600));
    return {};
  }

  Status start() {
    if (build::podman(settings_, {"container", "inspect", "--format", "{{.State.Running}}", name_}) == "true")
      return {};
    std::vector<std::string> argv{"podman", "run", "-d", "--replace", "--name", name_};
    for (auto& option : units::proxy_options(installation, folder_.path().native(), true))
      if (!option.starts_with("--log-driver")) argv.push_back(option);  // there is no journal here
    argv.push_back(proxy_image());
    for (auto& word : units::proxy_command()) argv.push_back(word);
    TRY(run_ok({.argv = argv, .env = build::podman_environment(settings_)}));
    return {};
  }

  build::PodmanSettings settings_;
  std::string name_;
  TempDir folder_ = TempDir::make("podwright-proxy").value();
};

}  // namespace

const std::string& proxy_image() {
  static const std::string id = [] {
    auto made = build::haproxy_image(build::test_settings(), [](std::string_view) {}, {});
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text()));
    return *made;
  }();
  return id;
}

std::unique_ptr<ProxyServer> container_server(std::string installation) {
  return std::make_unique<ContainerServer>(std::move(installation));
}

}  // namespace podwright::test
