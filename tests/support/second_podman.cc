#include "support/second_podman.hh"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "base/clock.hh"
#include "base/spawn.hh"
#include "podman/environment.hh"
#include "support/must.hh"

namespace podwright::test {

SecondPodman::SecondPodman(int disk_mib)
    : folder_(std::make_unique<TempDir>(must(TempDir::make("pw2")))), has_disk_(disk_mib > 0) {
  auto environment = must(podman::prepare(fs::temp_directory_path() / "podwright-test-podman"));
  auto options = "size=" + std::to_string(disk_mib) + "m";
  if (has_disk_) REQUIRE(::mount("tmpfs", folder().c_str(), "tmpfs", 0, options.c_str()) == 0);
  for (const char* name : {"root", "run", "tmp"}) REQUIRE(make_directories(folder() / name));
  Command command{.argv = {"podman", "--root", folder() / "root", "--runroot", folder() / "run", "system", "service",
                           "--time=0", "unix://" + socket()},
                  .env = {{"TMPDIR", folder() / "tmp"}}};
  if (!environment.containers_conf.empty()) command.env["CONTAINERS_CONF"] = environment.containers_conf;
  pid_ = must(spawn_detached(command, (folder() / "log").native()));
  client_ = std::make_unique<podman::Client>(socket());
  auto limit = Deadline::in(std::chrono::seconds(15));
  while (!client_->ping() && !limit.passed()) std::this_thread::sleep_for(Millis(20));
  must(client_->ping());
}

SecondPodman::~SecondPodman() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  ::umount2((folder() / "root/overlay").c_str(), MNT_DETACH);
  if (has_disk_) ::umount2(folder().c_str(), MNT_DETACH);
}

std::vector<std::string> SecondPodman::image_names() {
  auto images = must(client_->call_json({.path = "/images/json", .query = {{"all", "true"}}}));
  std::vector<std::string> out;
  for (const auto& image : images.get_array()) {
    const auto* names = image.get_object().if_contains("Names");
    if (!names || !names->is_array())
      out.emplace_back("<none>");
    else
      for (const auto& name : names->get_array()) out.emplace_back(name.get_string());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> SecondPodman::unfinished() const {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder() / "tmp")) out.push_back(entry.path().filename());
  return out;
}

}  // namespace podwright::test
