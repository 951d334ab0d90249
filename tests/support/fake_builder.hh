// FakeBuilder: the Builder port without Podman. Every build makes a new image in the fake runtime, which behaves as the
// test says; it can hang until it is stopped.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "build/builder.hh"
#include "support/fake_runtime.hh"

namespace podwright::test {

class FakeBuilder final : public build::Builder {
 public:
  explicit FakeBuilder(FakeRuntime& runtime) : runtime_(runtime) {}

  void next_image_behaves(Behaviour behaviour) { behaviour_ = std::move(behaviour); }
  std::atomic<bool> hang = false;
  std::atomic<int> builds = 0;
  std::function<void()> on_build;

  Result<build::BuiltImage> build(const build::BuildRequest& request, const build::BuildLog& log, std::stop_token stop) override;
  Status prepare_bases(const BuildPlan&, const build::BuildLog&, std::stop_token) override { return {}; }
  Result<std::vector<build::BaseImage>> list_bases() override { return std::vector<build::BaseImage>{}; }
  Status update_bases(const build::BuildLog&, std::stop_token) override { return {}; }

 private:
  FakeRuntime& runtime_;
  Behaviour behaviour_;
};

}  // namespace podwright::test
