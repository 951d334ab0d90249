#include "contract/runtime/podman_lab.hh"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "base/ids.hh"
#include "base/spawn.hh"
#include "podman/environment.hh"
#include "support/busybox_image.hh"

namespace podwright::contract {

namespace {

// The service that the tests share: started once, in a fixed folder, and reused by the next run as a daemon would.
std::string socket_path() {
  static const auto environment = podman::prepare(fs::temp_directory_path() / "podwright-test-podman");
  REQUIRE_MESSAGE(environment, environment.error().text());
  return environment->socket_path;
}

}  // namespace

PodmanLab::PodmanLab() : Lab("pwt-" + random_hex(4)), client_(socket_path()), runtime_(podman::Client(socket_path()), installation()) {
  auto id = ensure_busybox_image(client_);
  REQUIRE_MESSAGE(id, id.error().text());
  image_ = *id;
}

PodmanLab::~PodmanLab() {
  Labels all{{std::string(kLabelInstallation), installation()}};
  if (auto instances = runtime_.list(all))
    for (const auto& instance : *instances) (void)runtime_.remove(instance.name);
  for (const auto& name : foreign_) (void)client_.call({.method = "DELETE", .path = "/containers/" + name, .query = {{"force", "true"}}});
  (void)runtime_.remove_app(all, true);
}

void PodmanLab::add_foreign(const std::string& name) {
  boost::json::object spec{{"name", name}, {"image", image_}, {"command", {"true"}}, {"netns", {{"nsmode", "none"}}}};
  auto made = client_.call({.method = "POST", .path = "/containers/create", .body = boost::json::serialize(spec)});
  REQUIRE_MESSAGE(made, made.error().text());
  foreign_.push_back(name);
}

void PodmanLab::wait_until_settled(const std::string& name) {
  CHECK(eventually(Millis(5000), [&] { return log_of(name).contains("ready"); }));
}

std::string PodmanLab::log_of(const std::string& name) {
  std::string text;
  (void)runtime_.logs(name, {}, [&](std::string_view chunk) { return text.append(chunk), true; }, {});
  return text;
}

std::unique_ptr<Lab> podman_lab() {
  if (!has_program("podman")) return nullptr;
  return std::make_unique<PodmanLab>();
}

}  // namespace podwright::contract
