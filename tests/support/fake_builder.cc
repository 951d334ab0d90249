#include "support/fake_builder.hh"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>

namespace podwright::test {

Result<build::BuiltImage> FakeBuilder::build(const build::BuildRequest& request, const build::BuildLog& log, std::stop_token stop) {
  log("building\n");
  if (on_build) on_build();
  if (hang) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    return fail(ErrorCode::cancelled, "the build was cancelled");
  }
  auto id = fmt::format("{:064x}", ++builds);
  runtime_.behave(id, behaviour_);
  runtime_.add_image({.id = id, .digest = "sha256:" + id, .names = {}, .labels = request.labels, .created_s = builds});
  return build::BuiltImage{.id = id, .digest = "sha256:" + id, .reference = "localhost/podwright/" + request.app + ":" + request.commit};
}

}  // namespace podwright::test
