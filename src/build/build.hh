// Building: BuildPlan → Containerfile (pure), base images, and running `podman build`.
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
#include "model/build_plan.hh"

namespace podwright::build {

enum class BaseProvider { debian, registry };

// A base image that a Containerfile stands on: the provider answers its reference.
struct BaseRequest {
  std::string variant;                // "static" "cc" "python" "node" "ruby" "php" "jre" "build-go" "build-rust" …
  std::string version = {};           // "" for Debian's own
  std::vector<std::string> packages = {};  // Debian packages beyond the variant's
  std::vector<std::string> tools = {};     // from a language's own registry: "npm:corepack" "pip:poetry" "gem:jekyll"

  bool operator==(const BaseRequest&) const = default;
};

struct BaseChoice {
  BaseProvider provider = BaseProvider::debian;
  BaseRequest request;
  std::string reason;  // for --explain: "node 20 satisfies >=18 <21 (package.json:12)"
};

// The base images that this plan stands on, and why. Pure.
struct Bases {
  BaseChoice build;
  BaseChoice run;
};
Result<Bases> choose_bases(const BuildPlan& plan);

// References of the two images as they stand in FROM.
struct BaseReferences {
  std::string build;
  std::string run;
};

// A file of this machine that build steps see and no layer keeps: a secret of `podman build --secret id=…`.
struct BuildFile {
  std::string id;
  std::string target;  // absolute path in the build container
};

struct ContainerfileOptions {
  std::string app;                             // scopes the cache mounts
  std::string commit = {};                     // OCI label
  std::string source = {};                     // OCI label, without credentials
  std::map<std::string, std::string> labels = {};  // of the image besides those, all in one instruction
  std::vector<std::string> secret_names = {};  // build secrets: environment variables of the build commands only
  // What this machine lends to build steps (see host_access.hh). When it is not empty each step first reads the shell
  // file kHostEnvironment, which must be among them.
  std::vector<BuildFile> host_files = {};
};

inline constexpr std::string_view kHostEnvironment = "/run/podwright/env";

// A readable multi-stage Containerfile. Pure; golden files hold it.
Result<std::string> containerfile(const BuildPlan& plan, const BaseReferences& bases, const ContainerfileOptions& options);

// Refuses what a repository's own Dockerfile must not do (host-reaching RUN --mount, ADD/ COPY --from tricks,
// --security=insecure, --network=host, frontend directives …), with file:line. Pure.
Status check_containerfile(std::string_view text, std::string_view file_name);

// The context paths that its RUN --mount=type=bind name: none may be a link that leaves the source.
std::vector<std::string> bound_sources(std::string_view text);

// The variants that its FROM lines ask for as localhost/podwright/base/<variant>:13, Debian-package images that need no
// registry: the builder makes them and gives them that name before it builds.
std::vector<std::string> named_bases(std::string_view text);

}  // namespace podwright::build
