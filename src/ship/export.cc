#include "ship/export.hh"

#include <boost/json.hpp>

#include "base/text.hh"
#include "format/json.hh"

namespace podwright::ship {

namespace {

// "option" or {"Executable":"/usr/bin/fuse-overlayfs", …}; empty for anything else.
std::string option_text(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return std::string(json::text_at(value, {"Executable"}));
}

}  // namespace

Result<std::string> store_of(const boost::json::object& info) {
  boost::json::value root(info);
  auto text = [&](std::string_view key) { return std::string(json::text_at(root, {"store", key})); };
  auto driver = text("graphDriverName"), graph = text("graphRoot"), run = text("runRoot");
  if (driver.empty() || graph.empty() || run.empty())
    return fail(ErrorCode::unavailable, "Podman does not say where its storage is");
  auto out = driver + "@" + graph + "+" + run;
  std::string separator = ":";
  for (const auto& key : json::keys_at(root, {"store", "graphOptions"})) {
    auto value = option_text(*json::find(root, {"store", "graphOptions", key}));
    if (!value.empty()) out += std::exchange(separator, ",") + key + "=" + value;
  }
  return out;
}

Command export_command(const std::string& store, const std::string& image_id, const std::filesystem::path& layout) {
  return {
      .argv = {"skopeo", "--insecure-policy", "copy", "--quiet", "--dest-oci-accept-uncompressed-layers",
               "containers-storage:[" + store + "]@" + image_id, "oci:" + layout.filename().native() + ":" + image_id},
      .directory = layout.parent_path().native(),
      .limit = std::chrono::minutes(30)};
}

Error export_failure(const std::string& image_id, const Finished& finished) {
  auto said = to_lower(finished.err);
  auto tail = std::string_view(trim(finished.err));
  if (tail.size() > 600) tail.remove_prefix(tail.size() - 600);
  auto shown =
      fmt::format("the image {} cannot be taken over from Podman: {}", image_id.substr(0, 12), printable(tail));
  if (said.contains("no space left") || said.contains("quota exceeded"))
    return error(ErrorCode::exhausted, "{}", shown).with_hint("free disk space: podwright gc");
  for (auto text : {"does not resolve to an image", "image not known", "identifier is not an image"})
    if (said.contains(text)) return error(ErrorCode::not_found, "Podman has no image {}", image_id.substr(0, 12));
  return error(ErrorCode::failed, "{}", shown);
}

}  // namespace podwright::ship
