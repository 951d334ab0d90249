#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "base/ids.hh"
#include "base/spawn.hh"
#include "contract/runtime/lab.hh"
#include "podman/environment.hh"
#include "podman/runtime.hh"
#include "support/busybox_image.hh"

namespace podwright::contract {

namespace {

// The service that the tests share: started once, in a fixed folder, and reused by the next run as a daemon would.
std::string socket_path() {
  static const auto environment = podman::prepare(fs::temp_directory_path() / "podwright-test-podman");
  REQUIRE_MESSAGE(environment, environment.error().text());
  return environment->socket_path;
}

class PodmanLab final : public Lab {
 public:
  PodmanLab() : Lab("pwt-" + random_hex(4)), client_(socket_path()), runtime_(podman::Client(socket_path()), installation()) {
    auto id = ensure_busybox_image(client_);
    REQUIRE_MESSAGE(id, id.error().text());
    image_ = *id;
  }

  ~PodmanLab() override {
    Labels all{{std::string(kLabelInstallation), installation()}};
    if (auto instances = runtime_.list(all))
      for (const auto& instance : *instances) (void)runtime_.remove(instance.name);
    (void)runtime_.remove_app(all, true);
    for (const auto& name : foreign_) (void)client_.call({.method = "DELETE", .path = "/containers/" + name});
  }

  std::string name() const override { return "podman"; }
  Runtime& runtime() override { return runtime_; }
  std::string image() const override { return image_; }

  void add_foreign(const std::string& name) override {
    auto body = boost::json::serialize(boost::json::object{{"name", name}, {"image", image_}, {"command", {"true"}}, {"netns", {{"nsmode", "none"}}}});
    auto made = client_.call({.method = "POST", .path = "/containers/create", .body = body});
    REQUIRE_MESSAGE(made, made.error().text());
    foreign_.push_back(name);
  }

  Words serves() const override { return {"httpd", "-f", "-p", "8080", "-h", "/www"}; }
  Words exits_with_7() const override { return {"sh", "-c", "exit 7"}; }
  Words ignores_term() const override { return {"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}; }
  Words logs_three_lines() const override { return {"sh", "-c", "echo one; echo two; echo three; exec httpd -f -p 8080 -h /www"}; }

  void wait_until_settled(const std::string& name) override {
    CHECK(eventually(Millis(5000), [&] {
      std::string text;
      (void)runtime_.logs(name, {}, [&](std::string_view chunk) { return text.append(chunk), true; }, {});
      return text.contains("ready");
    }));
  }

 private:
  podman::Client client_;
  podman::PodmanRuntime runtime_;
  std::string image_;
  std::vector<std::string> foreign_;
};

}  // namespace

std::unique_ptr<Lab> podman_lab() {
  if (!has_program("podman")) return nullptr;
  return std::make_unique<PodmanLab>();
}

}  // namespace podwright::contract
