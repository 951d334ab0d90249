#include "ship/target.hh"

#include <boost/json.hpp>

#include "base/text.hh"
#include "format/json.hh"

namespace podwright::ship {

namespace {

// After the last byte Podman unpacks, verifies and applies: a layer of 2 GB takes a slow disk minutes.
constexpr Millis kApplyLimit = std::chrono::minutes(10);

std::string image_path(const std::string& image) {
  return "/images/" + podman::escaped(image);
}

}  // namespace

Result<std::vector<Listed>> Target::list(const std::string& name) const {
  podman::Request request{.path = "/images/json", .query = {{"all", "true"}}};
  if (!name.empty()) request.query.emplace_back("filters", podman::json_filters("reference", {name}));
  auto answer = TRY(client.call_json(request));
  std::vector<Listed> out;
  const auto* images = answer.if_array();
  if (!images) return fail(ErrorCode::unavailable, "Podman listed its images in an unknown form");
  for (const auto& image : *images)
    out.push_back({.id = hex_of(json::text_at(image, {"Id"})), .names = json::texts_at(image, {"Names"})});
  return out;
}

Result<std::optional<Found>> Target::find(const std::string& image) const {
  auto answer = client.call_json({.path = image_path(image) + "/json"});
  if (answer)
    return Found{.id = hex_of(json::text_at(*answer, {"Id"})), .layers = json::texts_at(*answer, {"RootFS", "Layers"})};
  if (answer.error().code == ErrorCode::not_found) return std::nullopt;
  return fail(std::move(answer).error());
}

Status Target::tag(const std::string& id, const Reference& reference) const {
  TRY(client.call({.method = "POST",
                   .path = image_path(id) + "/tag",
                   .query = {{"repo", reference.name}, {"tag", reference.tag}}}));
  return {};
}

void Target::forget(const std::string& reference) const {
  (void)client.call({.method = "DELETE", .path = image_path(reference)});
}

Status Target::load(Archive& archive, std::stop_token stop) const {
  podman::Request request{
      .method = "POST", .path = "/images/load", .limit = kApplyLimit, .content_type = "application/x-tar"};
  auto answer = client.upload(request, [&](std::span<char> into) { return archive.read(into); }, stop);
  if (!answer) return fail(load_failure(std::move(answer).error()));
  return check_loaded(*answer);
}

// "… does not match any of the supported image formats:\n * oci: …\n * oci-archive: what went wrong\n * docker-archive:
// …"
Error load_failure(Error refused) {
  constexpr std::string_view kFormat = "* oci-archive: ";
  auto begin = refused.message.find(kFormat);
  if (begin == std::string::npos) return refused;
  auto reason = std::string_view(refused.message).substr(begin + kFormat.size());
  reason = reason.substr(0, reason.find("\\n *"));
  refused.message = "Podman did not take the image: " + std::string(reason.substr(0, 600));
  if (refused.code != ErrorCode::exhausted) {
    refused.code = ErrorCode::failed;
    refused.hint.clear();
  } else {
    refused.hint = "free disk space there: podman image prune, or a larger disk";
  }
  return refused;
}

std::optional<std::string> missing_layer(const Error& refused) {
  constexpr std::string_view kReading = "reading blob ";
  auto at = refused.message.find(kReading);
  if (at == std::string::npos || !refused.message.contains("no such file")) return std::nullopt;
  auto digest = refused.message.substr(at + kReading.size(), 71);
  return is_digest(digest) ? std::optional(digest) : std::nullopt;
}

bool says_damaged(const Error& refused) {
  return to_lower(refused.message).contains("digest did not match");
}

Status check_loaded(const std::string& answer) {
  auto read = json::parse(answer, "answer");
  if (read && !json::texts_at(*read, {"Names"}).empty()) return {};
  auto said = read ? std::string(json::text_at(*read, {"error"})) : std::string();
  return fail(ErrorCode::failed, "Podman did not load the image: {}",
              printable(said.empty() ? answer.substr(0, 300) : said));
}

}  // namespace podwright::ship
