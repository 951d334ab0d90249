// Base images composed from Debian packages: made on first use, kept by the hash of their recipe, made again for
// security updates.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "build/build_process.hh"
#include "build/builder.hh"
#include "build/recipe.hh"

namespace podwright::build {

class DebianBases {
 public:
  explicit DebianBases(PodmanSettings settings) : settings_(std::move(settings)) {}

  // The reference of the image for this request, after making it and its parents where they are missing. Two callers,
  // in two processes too, never make the same one twice: the second waits for the first.
  // Errors: invalid, unavailable (no mirror answers), exhausted, cancelled, timeout.
  Result<std::string> ensure(const BaseRequest& request, const LineSink& on_line, std::stop_token stop);

  // Every base image of ours in this Podman, root first.
  Result<std::vector<BaseImage>> list() const;

  // Makes every image of list() again from today's packages. Applications get them with their next build.
  Result<std::vector<std::string>> update(const LineSink& on_line, std::stop_token stop);

  // Forgets what is known to exist: after a build said that an image is missing.
  void forget();

 private:
  bool exists(const std::string& reference) const;
  Status make(const Recipe& recipe, bool fresh, const LineSink& on_line, std::stop_token stop);
  Status make_root(const Recipe& recipe, const std::filesystem::path& scratch, const LineSink& on_line, std::stop_token stop);
  Status make_layer(const Recipe& recipe, bool fresh, const std::string& id, const std::filesystem::path& scratch, const LineSink& on_line, std::stop_token stop);

  PodmanSettings settings_;
  Synced<std::set<std::string>> known_;
};

}  // namespace podwright::build
