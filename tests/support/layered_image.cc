#include "support/layered_image.hh"

#include <random>

#include "base/ids.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "podman/environment.hh"
#include "support/busybox_image.hh"
#include "support/must.hh"

namespace podwright::test {

namespace {

const podman::Environment& environment() {
  static const auto made = must(podman::prepare(fs::temp_directory_path() / "podwright-test-podman"));
  return made;
}

}  // namespace

std::string test_podman_socket() {
  return environment().socket_path;
}

ImageBuilder::ImageBuilder() : client_(test_podman_socket()), name_("localhost/pwt-" + random_hex(4)) {
  must(ensure_busybox_image(client_));
}

ImageBuilder::~ImageBuilder() {
  for (int i = 1; i <= count_; ++i)
    (void)client_.call({.method = "DELETE", .path = "/images/" + podman::escaped(name_ + ":" + std::to_string(i))});
}

std::string ImageBuilder::build(const std::vector<std::pair<std::string, std::string>>& files,
                                const std::string& format) {
  auto folder = must(TempDir::make("image"));
  std::string text = std::string("FROM ") + kBusyboxImage + "\n";
  for (const auto& [name, content] : files) {
    REQUIRE(write_file(folder.path() / name, content));
    text += "COPY " + name + " /" + name + "\n";
  }
  REQUIRE(write_file(folder.path() / "Containerfile", text));
  Command command{.argv = {"podman", "build", "--quiet", "--network=none", "--format=" + format,
                           "--tag=" + name_ + ":" + std::to_string(++count_), "."},
                  .directory = folder.path(),
                  .limit = std::chrono::minutes(2)};
  if (!environment().containers_conf.empty()) command.env["CONTAINERS_CONF"] = environment().containers_conf;
  return std::string(trim(must(run_ok(command))));
}

std::string noise(size_t bytes) {
  static std::mt19937_64 random(7);
  std::string out(bytes, '\0');
  for (auto& byte : out) byte = static_cast<char>(random());
  return out;
}

}  // namespace podwright::test
