#include "ship/plan.hh"

namespace podwright::ship {

namespace {

long long size_of(const std::vector<Blob>& blobs) {
  long long sum = 0;
  for (const auto& blob : blobs) sum += blob.size;
  return sum;
}

}  // namespace

int Plan::layers() const {
  size_t count = 0;
  for (const auto& step : steps) count += step.travelling.size();
  return static_cast<int>(count);
}

long long Plan::bytes() const {
  long long sum = 0;
  for (const auto& step : steps) sum += size_of(step.travelling);
  return sum;
}

Plan plan(const Image& image, const std::set<std::string>& present) {
  Plan out;
  Step step;
  auto known = present;
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const auto& layer = image.layers[i];
    if (!known.insert(layer.digest).second) continue;
    // What has gathered is large: it ends here, and this layer begins the next load.
    if (size_of(step.travelling) >= kLargeLayer || (layer.size >= kLargeLayer && !step.travelling.empty())) {
      step.layers = i;
      out.steps.push_back(std::exchange(step, {}));
    }
    step.travelling.push_back(layer);
  }
  step.layers = image.layers.size();
  out.steps.push_back(std::move(step));
  return out;
}

std::string partial_reference(const Image& image, size_t layers) {
  std::string chain;
  for (size_t i = 0; i < layers; ++i) chain += image.layers[i].digest + "\n";
  return std::string(kPartialName) + ":" + hex_of(digest_of(chain)).substr(0, 32);
}

bool is_partial_reference(std::string_view reference) {
  return reference.starts_with(std::string(kPartialName) + ":");
}

std::map<std::string, size_t> partial_references(const Image& image) {
  std::map<std::string, size_t> out;
  for (size_t layers = 1; layers <= image.layers.size(); ++layers)
    out.emplace(partial_reference(image, layers), layers);
  return out;
}

}  // namespace podwright::ship
