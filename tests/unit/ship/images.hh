// Images for tests: manifests and configurations as skopeo writes them, with layers of given sizes.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "ship/image.hh"
#include "support/must.hh"

namespace podwright::ship {

// The digest of a layer that is called so.
inline std::string layer_digest(const std::string& name) {
  return digest_of("layer " + name);
}

struct Documents {
  std::string manifest;
  std::string config;
};

inline Documents documents(const std::vector<std::pair<std::string, long long>>& layers) {
  boost::json::array ids, described;
  for (const auto& [name, size] : layers) {
    ids.emplace_back(layer_digest(name));
    described.push_back(
        {{"mediaType", "application/vnd.oci.image.layer.v1.tar"}, {"digest", layer_digest(name)}, {"size", size}});
  }
  Documents out;
  out.config = boost::json::serialize(boost::json::object{
      {"architecture", "amd64"}, {"os", "linux"}, {"rootfs", {{"type", "layers"}, {"diff_ids", ids}}}});
  boost::json::object config{{"mediaType", "application/vnd.oci.image.config.v1+json"},
                             {"digest", digest_of(out.config)},
                             {"size", out.config.size()}};
  out.manifest =
      boost::json::serialize(boost::json::object{{"schemaVersion", 2}, {"config", config}, {"layers", described}});
  return out;
}

inline Image image_with(const std::vector<std::pair<std::string, long long>>& layers) {
  auto [manifest, config] = documents(layers);
  return must(read_image(std::move(manifest), std::move(config)));
}

}  // namespace podwright::ship
