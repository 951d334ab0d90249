// Builder: the port through which orchestrate/ gets an image from a plan. PodmanBuilder runs `podman build`.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "build/build.hh"

namespace podwright::build {

struct BuildRequest {
  std::string app;
  std::string deployment;                       // id; names scratch files and labels
  BuildPlan plan;
  std::filesystem::path source_dir;             // root of the source tree
  std::string commit;
  std::string shown_source;
  std::map<std::string, std::string> secrets = {};  // build secrets: name → value; never in argv, ARG, ENV or a layer
  std::map<std::string, std::string> labels = {};   // put on the image
  long long memory_bytes = 4LL << 30;
  Millis limit = std::chrono::minutes(30);
};

struct BuiltImage {
  std::string id;        // sha256 hex
  std::string digest;    // "sha256:…"
  std::string reference; // localhost/podwright/<app>:<commit>
};

// A base image that we made, for `podwright base ls`.
struct BaseImage {
  std::string reference;
  std::string request;  // what it holds: "node", "build-python +libpq-dev"
  std::string id;
  std::string created;  // as Podman says it
  long long bytes = 0;
};

using BuildLog = std::function<void(std::string_view text)>;

class Builder {
 public:
  virtual ~Builder() = default;
  // Streams the log; on cancel or failure leaves no container, process, mount or scratch file behind.
  // Errors: failed (the build, with its last lines), cancelled, timeout, exhausted (disk), denied (hostile Dockerfile).
  virtual Result<BuiltImage> build(const BuildRequest& request, const BuildLog& log, std::stop_token stop) = 0;
  // Makes sure that the base images for the plan exist, pulling or composing them.
  virtual Status prepare_bases(const BuildPlan& plan, const BuildLog& log, std::stop_token stop) = 0;
  virtual Result<std::vector<BaseImage>> list_bases() = 0;
  // Makes every one of them again from today's packages; applications get them with their next build.
  virtual Status update_bases(const BuildLog& log, std::stop_token stop) = 0;
};

}  // namespace podwright::build
