#include "ship/image.hh"

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "base/text.hh"
#include "format/json.hh"
#include "ship/digest.hh"

namespace podwright::ship {

namespace {

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view kLayerType = "application/vnd.oci.image.layer.v1.tar";
constexpr size_t kMaxLayers = 1000;

std::unexpected<Error> unusable(std::string_view why) {
  return fail(error(ErrorCode::invalid, "the image cannot be shipped: {}", why)
                  .with_hint("build it again; images of several platforms and encrypted ones are not supported"));
}

Result<Blob> read_blob(const boost::json::value& descriptor) {
  Blob blob{.digest = std::string(json::text_at(descriptor, {"digest"})),
            .size = json::integer_at(descriptor, {"size"}).value_or(-1)};
  if (!is_digest(blob.digest) || blob.size < 0) return unusable("its manifest names a piece without digest or size");
  return blob;
}

Result<std::vector<Blob>> read_layers(const boost::json::value& manifest) {
  const auto* list = json::find(manifest, {"layers"});
  const auto* layers = list ? list->if_array() : nullptr;
  if (!layers || layers->size() > kMaxLayers) return unusable("its manifest has no list of layers");
  std::vector<Blob> out;
  for (const auto& layer : *layers) out.push_back(TRY(read_blob(layer)));
  return out;
}

boost::json::object descriptor(std::string_view type, const Blob& blob) {
  return {{"mediaType", type}, {"digest", blob.digest}, {"size", blob.size}};
}

std::string prefix_config(const Image& image, size_t layers) {
  boost::json::array ids;
  for (size_t i = 0; i < layers; ++i) ids.emplace_back(image.layers[i].digest);
  auto whole = json::parse(image.config, "configuration");
  auto text = [&](std::string_view key) { return whole ? std::string(json::text_at(*whole, {key})) : std::string(); };
  boost::json::object labels{{kLabelPartial, "true"}};
  return boost::json::serialize(boost::json::object{{"architecture", text("architecture")},
                                                    {"os", text("os")},
                                                    {"config", {{"Labels", std::move(labels)}}},
                                                    {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(ids)}}}});
}

}  // namespace

long long Image::bytes() const {
  long long sum = 0;
  for (const auto& layer : layers) sum += layer.size;
  return sum;
}

std::vector<std::string> Image::diff_ids() const {
  std::vector<std::string> out;
  for (const auto& layer : layers) out.push_back(layer.digest);
  return out;
}

std::string Image::created() const {
  auto read = json::parse(config, "configuration");
  return read ? std::string(json::text_at(*read, {"created"})) : std::string();
}

long long shared_bytes(const Image& one, const Image& other) {
  std::map<std::string, long long> sizes;
  for (const auto& layer : one.layers) sizes.emplace(layer.digest, layer.size);
  long long sum = 0;
  for (const auto& layer : other.layers)
    if (auto shared = sizes.extract(layer.digest)) sum += shared.mapped();
  return sum;
}

Result<std::string> config_digest_of(std::string_view manifest) {
  auto read = TRY(json::parse(manifest, "manifest"));
  const auto* described = json::find(read, {"config"});
  if (!described) return unusable("its manifest names no configuration");
  return TRY(read_blob(*described)).digest;
}

Result<Image> read_image(std::string manifest, std::string config) {
  auto digest = TRY(config_digest_of(manifest));
  if (digest != digest_of(config)) return unusable("its configuration is not the one that its manifest names");
  auto read = TRY(json::parse(manifest, "manifest"));
  Image out{.id = hex_of(digest), .digest = digest_of(manifest), .layers = TRY(read_layers(read))};
  if (out.diff_ids() != diff_ids_of(config))
    return unusable("its layers are not those of its configuration, uncompressed");
  out.manifest = std::move(manifest);
  out.config = std::move(config);
  return out;
}

std::vector<std::string> diff_ids_of(std::string_view config) {
  auto read = json::parse(config, "configuration");
  return read ? json::texts_at(*read, {"rootfs", "diff_ids"}) : std::vector<std::string>();
}

Image prefix_of(const Image& image, size_t layers) {
  Image out{.id = {}, .digest = {}, .manifest = {}, .config = prefix_config(image, layers), .layers = {}};
  out.layers.assign(image.layers.begin(), image.layers.begin() + static_cast<std::ptrdiff_t>(layers));
  Blob config{.digest = digest_of(out.config), .size = static_cast<long long>(out.config.size())};
  boost::json::array described;
  for (const auto& layer : out.layers) described.push_back(descriptor(kLayerType, layer));
  out.manifest = boost::json::serialize(boost::json::object{{"schemaVersion", 2},
                                                            {"mediaType", kManifestType},
                                                            {"config", descriptor(kConfigType, config)},
                                                            {"layers", std::move(described)}});
  out.id = hex_of(config.digest);
  out.digest = digest_of(out.manifest);
  return out;
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kAlgorithm = "sha256:";
  return text.size() == kAlgorithm.size() + 64 && text.starts_with(kAlgorithm) &&
         text.find_first_not_of("0123456789abcdef", kAlgorithm.size()) == text.npos;
}

std::string digest_of(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return "sha256:" + digest.hex();
}

std::string hex_of(std::string_view digest) {
  return std::string(digest.substr(digest.find(':') + 1));
}

}  // namespace podwright::ship
