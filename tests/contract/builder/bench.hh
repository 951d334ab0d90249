// What the builder's contract tests share: a PodmanBuilder on this machine's Podman, plans, and ways to look at images.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>

#include "base/fs.hh"
#include "base/ids.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "build/podman_builder.hh"

namespace podwright::build {

// Settings for this machine: PODWRIGHT_TEST_CONTAINERS_CONF names a containers.conf; without it and as root, one whose
// limits stay under a container's hard ones is made. The cache is kept between runs, so that bases are made once.
inline PodmanSettings test_settings() {
  PodmanSettings settings;
  const char* cache = std::getenv("PODWRIGHT_TEST_CACHE");
  settings.cache_dir = cache ? cache : "/var/tmp/podwright-test-build";
  REQUIRE(make_directories(settings.cache_dir));
  const char* conf = std::getenv("PODWRIGHT_TEST_CONTAINERS_CONF");
  settings.containers_conf = conf ? fs::path(conf) : settings.cache_dir / "containers.conf";
  if (!conf)
    REQUIRE(write_file(settings.containers_conf,
                       "[containers]\ndefault_ulimits=[\"nofile=1024:16384\",\"nproc=4096:8192\"]\n[engine]\nruntime=\"runc\"\n"));
  return settings;
}

inline std::string podman(const PodmanSettings& settings, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "podman");
  auto out = run({.argv = arguments, .env = podman_environment(settings), .limit = std::chrono::seconds(60), .merge_stderr = true});
  return out ? std::string(trim(out->out)) : out.error().text();
}

// The image's answer to GET path, asked from inside its own network by bash: no port of the machine is taken.
class RunningImage {
 public:
  RunningImage(const PodmanSettings& settings, const std::string& image, int port) : settings_(settings), port_(port), name_("pwtest-" + random_hex(6)) {
    auto started = podman(settings_, {"run", "-d", "--name", name_, "--cap-drop=all", "--security-opt=no-new-privileges", "--read-only", "--tmpfs=/tmp", image});
    INFO(started);
    CHECK(started.size() == 64);
  }
  ~RunningImage() { podman(settings_, {"rm", "-f", "-t", "0", name_}); }
  RunningImage(const RunningImage&) = delete;
  RunningImage& operator=(const RunningImage&) = delete;

  std::string get(const std::string& path, const std::string& header = "X-None: 0") const {
    auto address = podman(settings_, {"inspect", "--format", "{{.NetworkSettings.IPAddress}}", name_});
    for (auto deadline = Deadline::in(std::chrono::seconds(30)); !deadline.passed(); std::this_thread::sleep_for(Millis(50))) {
      auto answer = run({.argv = {"curl", "-s", "-i", "--noproxy", "*", "-H", header, "--max-time", "5", fmt::format("http://{}:{}{}", address, port_, path)}});
      if (answer && answer->exit_code == 0) return answer->out;
    }
    return "no answer; its log: " + podman(settings_, {"logs", name_});
  }

 private:
  const PodmanSettings& settings_;
  int port_;
  std::string name_;
};

inline fs::path example(std::string_view name) { return fs::path(PODWRIGHT_SOURCE_DIR) / "examples" / name; }

inline BuildPlan node_plan() {
  BuildPlan plan{.name = "node-express", .root = ".", .language = "node", .framework = "express", .version = "20", .package_manager = "npm"};
  plan.install_command = "npm ci";
  plan.start_command = "node server.js";
  plan.port = 3000;
  plan.honors_port = true;
  plan.runtime = RuntimeKind::node;
  plan.manifest_files = {"package.json", "package-lock.json"};
  return plan;
}

inline BuildPlan static_plan() {
  BuildPlan plan{.name = "static", .root = ".", .language = "static"};
  plan.port = 8080;
  plan.runtime = RuntimeKind::static_files;
  return plan;
}

inline BuildRequest request_for(BuildPlan plan, const fs::path& source) {
  BuildRequest request;
  request.app = "pwtest-" + plan.name;
  request.deployment = new_id();
  request.plan = std::move(plan);
  request.source_dir = source;
  request.commit = "0123456789012345678901234567890123456789";
  request.shown_source = "https://example.org/repository";
  return request;
}

}  // namespace podwright::build
