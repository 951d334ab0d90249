#include "support/package_maker.hh"

#include <archive.h>
#include <archive_entry.h>

#include <boost/json.hpp>

#include "ship/image.hh"

namespace podwright::test {

namespace {

la_ssize_t collect(struct archive*, void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

boost::json::object described(std::string_view type, const std::string& content) {
  return {{"mediaType", type}, {"digest", ship::digest_of(content)}, {"size", content.size()}};
}

void add(struct archive* writer, const PackageEntry& file) {
  auto* entry = ::archive_entry_new();
  ::archive_entry_set_pathname(entry, file.path.c_str());
  ::archive_entry_set_perm(entry, 0644);
  ::archive_entry_set_filetype(entry, file.link.empty() ? AE_IFREG : AE_IFLNK);
  if (!file.link.empty()) ::archive_entry_set_symlink(entry, file.link.c_str());
  ::archive_entry_set_size(entry, file.link.empty() ? static_cast<la_int64_t>(file.content.size()) : 0);
  ::archive_write_header(writer, entry);
  if (file.link.empty()) ::archive_write_data(writer, file.content.data(), file.content.size());
  ::archive_entry_free(entry);
}

}  // namespace

MadePackage small_package() {
  const std::string base = "the lower layer", code = "the upper layer";
  auto config = boost::json::serialize(boost::json::object{
      {"architecture", "amd64"},
      {"os", "linux"},
      {"rootfs", {{"type", "layers"}, {"diff_ids", {ship::digest_of(base), ship::digest_of(code)}}}}});
  boost::json::array layers{described("layer", base), described("layer", code)};
  auto manifest = boost::json::serialize(
      boost::json::object{{"schemaVersion", 2}, {"config", described("config", config)}, {"layers", layers}});
  auto blob = [](const std::string& content) {
    return PackageEntry{.path = "image/blobs/sha256/" + ship::hex_of(ship::digest_of(content)), .content = content};
  };
  MadePackage out;
  out.entries = {{.path = "units/quadlet/pw-shop.container", .content = "[Container]\n"},
                 {.path = "image/oci-layout", .content = "{}"},
                 blob(manifest),
                 blob(config),
                 blob(base),
                 blob(code)};
  auto& description = out.description;
  description.app = description.service.name = "shop";
  description.image_id = description.service.image = ship::hex_of(ship::digest_of(config));
  description.image_digest = ship::digest_of(manifest);
  description.reference = "localhost/podwright/shop:1";
  for (const auto& entry : out.entries)
    description.entries[entry.path] = {.sha256 = ship::hex_of(ship::digest_of(entry.content)),
                                       .size = static_cast<long long>(entry.content.size())};
  return out;
}

std::string package_bytes(const std::string& manifest, const std::vector<PackageEntry>& entries) {
  std::string out;
  auto* writer = ::archive_write_new();
  ::archive_write_set_format_pax_restricted(writer);
  ::archive_write_add_filter_zstd(writer);
  ::archive_write_set_bytes_in_last_block(writer, 1);
  ::archive_write_open(writer, &out, nullptr, collect, nullptr);
  if (!manifest.empty()) add(writer, {.path = "manifest.json", .content = manifest});
  for (const auto& entry : entries) add(writer, entry);
  ::archive_write_close(writer);
  ::archive_write_free(writer);
  return out;
}

std::string package_bytes(const MadePackage& made) {
  return package_bytes(package::to_text(made.description), made.entries);
}

}  // namespace podwright::test
