// `podman build` as a child that can be stopped without leaving anything behind.
//
// Buildah runs each RUN step in a session and a cgroup of its own, so killing podman alone orphans the step, its working
// containers and their mounts. Three marks make all of them ours to find: TMPDIR is a folder of this build (its buildah*
// entries name the steps' cgroups), the build argument PODWRIGHT_BUILD is recorded in the working containers, and mounts
// of the steps lie under TMPDIR.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"

namespace podwright::build {

struct PodmanSettings {
  std::filesystem::path cache_dir;        // ours: scratch folders of builds, cache mounts, locks; needs disk space
  std::filesystem::path containers_conf;  // CONTAINERS_CONF of the child; "" for Podman's own
};

struct BuildCall {
  std::string id;                      // of this build; letters, digits and dashes
  std::filesystem::path scratch;       // exists already; the caller removes it
  std::vector<std::string> arguments;  // of `podman build`, the context last
  Millis limit = std::chrono::minutes(30);
};

// Gets whole lines, inert and without their end; progress that overwrites itself comes as its last state.
using LineSink = std::function<void(std::string_view line)>;

// Runs it to completion. Errors: failed (with the last lines), cancelled within 2 s, timeout, exhausted (disk full).
Status run_build(const PodmanSettings& settings, const BuildCall& call, const LineSink& on_line, std::stop_token stop);

// Kills what is left of a build and removes its working containers and mounts. Also for builds of a process that died.
void sweep_build(const PodmanSettings& settings, const std::string& id, const std::filesystem::path& scratch);

// Detaches every mount below a folder.
void unmount_below(const std::filesystem::path& folder);

// A fresh private folder for one build under the cache, with the application's cache mounts linked in: buildah keeps them
// under TMPDIR, and no application may see another one's.
Result<std::filesystem::path> make_scratch(const PodmanSettings& settings, std::string_view id, std::string_view app);

// The environment that podman gets from us.
std::map<std::string, std::string> podman_environment(const PodmanSettings& settings);

}  // namespace podwright::build
