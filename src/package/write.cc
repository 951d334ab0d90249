#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/fs.hh"
#include "base/text.hh"
#include "base/version.hh"
#include "export/service_units.hh"
#include "package/package.hh"
#include "ship/archive.hh"
#include "ship/image.hh"

namespace podwright::package {

namespace {

using ship::ArchiveFile;

// Removed unless it was renamed to what it was to be.
class NewFile {
 public:
  explicit NewFile(fs::path file) : file_(std::move(file)), part_(file_.native() + ".part") {}
  ~NewFile() {
    if (fd_) ::unlink(part_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Status open() {
    fd_.reset(::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    return fd_ ? Status() : failure("create");
  }

  Status write(std::string_view bytes) {
    while (!bytes.empty()) {
      auto done = ::write(fd_.get(), bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return failure("write");
      bytes.remove_prefix(static_cast<size_t>(done));
    }
    return {};
  }

  Status finish() {
    if (::fsync(fd_.get()) != 0 || ::rename(part_.c_str(), file_.c_str()) != 0) return failure("write");
    fd_.reset();
    return {};
  }

 private:
  std::unexpected<Error> failure(std::string_view what) const {
    int problem = errno;
    auto code = problem == ENOSPC || problem == EDQUOT ? ErrorCode::exhausted : ErrorCode::failed;
    return fail(code, "cannot {} {}: {}", what, printable(file_.native()), std::strerror(problem));
  }

  fs::path file_;
  fs::path part_;
  Fd fd_;
};

// DATABASE_URL of the app shop → "shop-DATABASE_URL": what a person who installs the units by hand creates.
std::map<std::string, std::string> secret_names(const Description& description) {
  std::map<std::string, std::string> out;
  for (const auto& key : description.service.secret_env) out[key] = description.app + "-" + key;
  return out;
}

Result<std::vector<ArchiveFile>> unit_files(const Description& description, std::vector<Loss>& losses) {
  auto service = description.service;
  service.image = description.reference;
  units::ServiceSpec spec{.app = description.app,
                          .service = service,
                          .host_port = service.port == 0     ? 0
                                       : service.port < 1024 ? service.port + 8000
                                                             : service.port,
                          .secret_env = secret_names(description)};
  std::vector<ArchiveFile> out;
  auto add = [&](const std::string& folder, const units::ServiceUnits& made) {
    for (const auto& file : made.files)
      out.push_back({.path = "units/" + folder + "/" + file.name, .content = file.content});
  };
  auto quadlet = TRY(units::service_units(spec, {.podman = {5, 4}}, units::quadlet_units));
  add("quadlet", quadlet);
  add("systemd", TRY(units::service_units(spec, {.podman = {4, 3}}, units::systemd_units)));
  losses = std::move(quadlet.losses);
  return out;
}

std::vector<ship::Blob> each_once(const std::vector<ship::Blob>& layers) {
  std::set<std::string> seen;
  std::vector<ship::Blob> out;
  for (const auto& layer : layers)
    if (seen.insert(layer.digest).second) out.push_back(layer);
  return out;
}

// The path of a blob is its checksum; anything else is in memory.
Entry entry_of(const ArchiveFile& file) {
  if (file.fd < 0)
    return {.sha256 = ship::hex_of(ship::digest_of(file.content)), .size = static_cast<long long>(file.content.size())};
  return {.sha256 = file.path.substr(file.path.rfind('/') + 1), .size = file.size};
}

Result<long long> stream(ship::Archive& archive, NewFile& out, std::stop_token stop) {
  std::string piece(256 << 10, '\0');
  for (;;) {
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "packaging was cancelled");
    auto got = TRY(archive.read(piece));
    if (got == 0) return archive.made();
    TRY(out.write(std::string_view(piece).substr(0, got)));
  }
}

}  // namespace

Result<Written> write(ship::Layout& layout, Description description, const fs::path& file, const OnProgress& progress,
                      std::stop_token stop) {
  Written out;
  auto image = TRY(layout.image(description.service.image, stop));
  auto layers = each_once(image.layers);
  auto blobs = TRY(layout.open(image, layers, stop));
  description.service = without_secrets(std::move(description.service));
  description.service.image = description.image_id = image.id;
  description.image_digest = image.digest;
  description.created_at = to_iso8601(now());
  description.made_by = version();
  auto files = TRY(unit_files(description, out.losses));
  for (auto& part : TRY(ship::oci_files(image, description.reference, layers, blobs, "image/")))
    files.push_back(std::move(part));
  for (const auto& part : files) description.entries[part.path] = entry_of(part);
  auto text = to_text(description);
  TRY(read_description(text));  // what we would refuse to read we do not write
  out.manifest = ship::hex_of(ship::digest_of(text));
  files.insert(files.begin(), {.path = "manifest.json", .content = std::move(text)});

  NewFile target(file);
  TRY(target.open());
  long long done = 0;
  ship::Archive archive(std::move(files), [&](long long bytes) {
    done += bytes;
    if (progress) progress(std::min(done, description.bytes()), description.bytes());
  });
  out.bytes = TRY(stream(archive, target, stop));
  TRY(target.finish());
  return out;
}

}  // namespace podwright::package
