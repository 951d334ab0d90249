// The part of PodmanRuntime that deals with images.
#include <boost/json.hpp>

#include "base/text.hh"
#include "podman/inspect.hh"
#include "podman/runtime.hh"

namespace podwright::podman {

namespace json = boost::json;

Result<ImageInfo> PodmanRuntime::image(const std::string& reference) {
  auto value = TRY(client_.call_json({.path = "/images/" + escaped(reference) + "/json"}));
  if (!value.is_object()) return fail(ErrorCode::unavailable, "Podman described the image {} in an unknown form", printable(reference));
  return image_of(value.get_object());
}

Result<std::vector<ImageInfo>> PodmanRuntime::images(const Labels& labels) {
  std::vector<std::string> filters;
  for (const auto& [key, value] : labels) filters.push_back(key + "=" + value);
  auto listed = TRY(client_.call_json({.path = "/images/json", .query = {{"filters", json_filters("label", filters)}}}));
  std::vector<ImageInfo> out;
  if (!listed.is_array()) return out;
  for (const auto& value : listed.get_array())
    if (value.is_object()) out.push_back(image_of_listed(value.get_object()));
  return out;
}

// An image with several names can only be removed by force or once they are gone; force would remove containers too. So
// users are looked for first, then the names go, then the image.
Status PodmanRuntime::remove_image(const std::string& id) {
  auto info = image(id);
  if (!info) return info.error().code == ErrorCode::not_found ? Status() : std::unexpected(std::move(info).error());
  auto users = TRY(client_.call_json({.path = "/containers/json", .query = {{"all", "true"}, {"filters", json_filters("ancestor", {info->id})}}}));
  if (users.is_array() && !users.get_array().empty())
    return fail(error(ErrorCode::conflict, "the image {} is used by {} container(s)", info->id.substr(0, 12), users.get_array().size())
                    .with_hint("remove them first"));
  if (info->names.size() > 1)
    TRY(client_.call({.method = "POST", .path = "/images/" + info->id + "/untag"}));
  auto gone = client_.call({.method = "DELETE", .path = "/images/" + info->id});
  if (!gone && gone.error().code != ErrorCode::not_found) return std::unexpected(std::move(gone).error());
  return {};
}

}  // namespace podwright::podman
