// PodmanBuilder: images from plans by `podman build` on this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "build/build_process.hh"
#include "build/builder.hh"
#include "build/debian_bases.hh"

namespace podwright::build {

class PodmanBuilder : public Builder {
 public:
  // Removes what builds of a process that died have left (their scratch folders name them).
  explicit PodmanBuilder(PodmanSettings settings);

  Result<BuiltImage> build(const BuildRequest& request, const BuildLog& log, std::stop_token stop) override;
  Status prepare_bases(const BuildPlan& plan, const BuildLog& log, std::stop_token stop) override;
  Result<std::vector<BaseImage>> list_bases() override { return bases_.list(); }
  Status update_bases(const BuildLog& log, std::stop_token stop) override;

 private:
  Result<BaseReferences> references(const BuildPlan& plan, const LineSink& on_line, std::stop_token stop);
  Result<std::string> reference(const BaseChoice& choice, const LineSink& on_line, std::stop_token stop);
  Result<BuiltImage> build_in(const std::filesystem::path& scratch, const std::string& id, const BuildRequest& request, const LineSink& on_line, std::stop_token stop);
  Result<std::filesystem::path> own_containerfile(const BuildRequest& request, const LineSink& on_line, std::stop_token stop);
  Result<std::string> digest(const std::string& image_id);

  PodmanSettings settings_;
  DebianBases bases_;
  Synced<std::string> graph_root_;
};

}  // namespace podwright::build
