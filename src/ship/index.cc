#include "ship/index.hh"

#include <boost/json.hpp>

#include "format/json.hh"
#include "ship/plan.hh"

namespace podwright::ship {

namespace {

constexpr std::string_view kName = "org.opencontainers.image.ref.name";

}  // namespace

Index read_index(std::string_view text) {
  Index out;
  auto read = json::parse(text, "index.json");
  const auto* manifests = read ? json::find(*read, {"manifests"}) : nullptr;
  if (!manifests || !manifests->is_array()) return out;
  for (const auto& manifest : manifests->get_array()) {
    auto name = json::text_at(manifest, {"annotations", kName});
    auto digest = json::text_at(manifest, {"digest"});
    if (!name.empty() && is_digest(digest)) out[std::string(name)] = digest;
  }
  return out;
}

std::string write_index(const Index& index, const std::map<std::string, long long>& manifest_sizes) {
  boost::json::array manifests;
  for (const auto& [name, digest] : index) {
    auto size = manifest_sizes.find(digest);
    if (size == manifest_sizes.end()) continue;
    manifests.push_back({{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                         {"digest", digest},
                         {"size", size->second},
                         {"annotations", {{kName, name}}}});
  }
  return boost::json::serialize(boost::json::object{{"schemaVersion", 2}, {"manifests", std::move(manifests)}});
}

TrimPlan plan_trim(const std::vector<Image>& kept, const std::vector<Stored>& stored, Millis idle) {
  std::set<std::string> needed, layers;
  for (const auto& image : kept) {
    needed.insert({image.digest, "sha256:" + image.id});
    for (const auto& layer : image.layers) layers.insert(layer.digest);
  }
  TrimPlan out;
  for (const auto& blob : stored) {
    if (!needed.contains(blob.digest) && !layers.contains(blob.digest))
      out.remove.push_back(blob);
    else if (layers.contains(blob.digest) && blob.size >= kLargeLayer && !blob.hollow && blob.idle >= idle)
      out.hollow.push_back(blob);
  }
  return out;
}

}  // namespace podwright::ship
