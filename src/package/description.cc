#include "package/description.hh"

#include <boost/json.hpp>

#include "base/text.hh"
#include "format/json.hh"
#include "model/name.hh"
#include "ship/image.hh"
#include "ship/reference.hh"

namespace podwright::package {

namespace {

constexpr size_t kMaxEntries = 5000;
constexpr long long kMaxEntry = 1LL << 40;

// Only what we write: flat folders of units, and the layout.
bool is_entry_path(std::string_view path) {
  if (!check_relative_path(path)) return false;
  if (path == "image/oci-layout" || path == "image/index.json") return true;
  for (std::string_view folder : {"units/quadlet/", "units/systemd/", "image/blobs/sha256/"})
    if (path.starts_with(folder)) {
      auto name = path.substr(folder.size());
      bool is_blob = folder.starts_with("image/");
      return is_blob ? ship::is_digest("sha256:" + std::string(name)) : !name.empty() && !name.contains('/');
    }
  return false;
}

Result<std::map<std::string, Entry>> read_entries(const boost::json::value& root) {
  const auto* value = json::find(root, {"entries"});
  const auto* object = value ? value->if_object() : nullptr;
  if (!object || object->size() > kMaxEntries)
    return fail(ErrorCode::invalid, "the package has no usable list of entries");
  std::map<std::string, Entry> out;
  for (const auto& [key, described] : *object) {
    std::string path(key);
    Entry entry{.sha256 = std::string(json::text_at(described, {"sha256"})),
                .size = json::integer_at(described, {"size"}).value_or(-1)};
    if (!is_entry_path(path))
      return fail(ErrorCode::denied, "the package lists '{}', which no package has", printable(path.substr(0, 200)));
    if (!ship::is_digest("sha256:" + entry.sha256) || entry.size < 0 || entry.size > kMaxEntry)
      return fail(ErrorCode::invalid, "the package's '{}' has no usable checksum or size", printable(path));
    out.emplace(std::move(path), std::move(entry));
  }
  return out;
}

Status check_format(const boost::json::value& root) {
  auto format = json::integer_at(root, {"format"});
  if (!format || *format < 1) return fail(ErrorCode::invalid, "this is not a package of podwright");
  if (*format <= kFormat) return {};
  return fail(error(ErrorCode::invalid, "the package has format {}; this podwright reads up to {}", *format, kFormat)
                  .with_hint("upgrade podwright: a newer one made the package"));
}

Status check(const Description& description) {
  TRY(check_app_name(description.app));
  TRY(check_environment_name(description.environment));
  TRY(ship::parse_reference(description.reference));
  if (!ship::is_digest("sha256:" + description.image_id) || !ship::is_digest(description.image_digest))
    return fail(ErrorCode::invalid, "the package does not say which image it holds");
  if (description.service.image != description.image_id)
    return fail(ErrorCode::invalid, "the package's service runs another image than the package's");
  if (description.release < 0) return fail(ErrorCode::invalid, "the package has an unusable release number");
  return check_service(description.service);
}

}  // namespace

long long Description::bytes() const {
  long long sum = 0;
  for (const auto& [path, entry] : entries) sum += entry.size;
  return sum;
}

std::string to_text(const Description& description) {
  boost::json::object listed;
  for (const auto& [path, entry] : description.entries) listed[path] = {{"sha256", entry.sha256}, {"size", entry.size}};
  boost::json::object image{
      {"id", description.image_id}, {"digest", description.image_digest}, {"reference", description.reference}};
  return boost::json::serialize(boost::json::object{{"format", kFormat},
                                                    {"app", description.app},
                                                    {"environment", description.environment},
                                                    {"release", description.release},
                                                    {"source", description.source},
                                                    {"created_at", description.created_at},
                                                    {"made_by", description.made_by},
                                                    {"service", to_json(description.service)},
                                                    {"image", std::move(image)},
                                                    {"entries", std::move(listed)}});
}

Result<Description> read_description(std::string_view text) {
  auto root = TRY(json::parse(text, "manifest.json"));
  TRY(check_format(root));
  auto word = [&](std::initializer_list<std::string_view> path) { return std::string(json::text_at(root, path)); };
  const auto* service = json::find(root, {"service"});
  if (!service || !service->is_object()) return fail(ErrorCode::invalid, "the package does not say how it runs");
  auto release = json::integer_at(root, {"release"}).value_or(0);
  Description out{.app = word({"app"}),
                  .environment = word({"environment"}),
                  .release = release > 1'000'000'000 ? -1 : static_cast<int>(release),
                  .source = word({"source"}),
                  .created_at = word({"created_at"}),
                  .made_by = word({"made_by"}),
                  .service = TRY(service_from_json(service->get_object())),
                  .image_id = word({"image", "id"}),
                  .image_digest = word({"image", "digest"}),
                  .reference = word({"image", "reference"}),
                  .entries = TRY(read_entries(root))};
  TRY(check(out));
  return out;
}

Service without_secrets(Service service) {
  for (const auto& key : service.secret_env) service.env.erase(key);
  return service;
}

}  // namespace podwright::package
