#include "ship/layout.hh"

#include <algorithm>
#include <boost/json.hpp>

#include "base/file_lock.hh"
#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "ship/export.hh"
#include "ship/index.hh"

namespace podwright::ship {

namespace {

constexpr Millis kLockLimit = std::chrono::minutes(30);

Status check_id(const std::string& id) {
  if (is_digest("sha256:" + id)) return {};
  return fail(ErrorCode::invalid, "'{}' is not the id of an image", printable(id));
}

// What a skopeo that was killed has left.
void remove_unfinished(const fs::path& dir) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(dir, none))
    if (entry.path().filename().native().starts_with("oci-put-blob")) fs::remove(entry.path(), none);
}

}  // namespace

Layout::Layout(fs::path dir, podman::Client local)
    : dir_(std::move(dir)), blobs_(dir_ / "blobs" / "sha256"), local_(std::move(local)) {}

Result<Image> Layout::image(const std::string& local_id, std::stop_token stop) {
  TRY(check_id(local_id));
  auto held = TRY(lock(stop));
  if (auto here = read(local_id)) return here;
  TRY(take_over(local_id, stop));
  return read(local_id);
}

Result<OpenBlobs> Layout::open(const Image& image, const std::vector<Blob>& layers, std::stop_token stop) {
  auto held = TRY(lock(stop));
  auto there = open_those_there(layers);
  auto is_missing = [&](const Blob& layer) { return !there.contains(layer.digest); };
  if (std::ranges::none_of(layers, is_missing)) return there;
  for (const auto& layer : layers)
    if (is_missing(layer)) blobs_.remove(layer.digest);
  TRY(take_over(image.local_id, stop));
  there = open_those_there(layers);
  for (const auto& layer : layers)
    if (is_missing(layer)) return fail(ErrorCode::failed, "skopeo did not bring the layer {}", layer.digest);
  return there;
}

std::vector<Image> Layout::related(const Image& image) const {
  auto held = lock({});
  auto index = read_file(index_path());
  if (!held || !index) return {};
  std::vector<Image> out;
  for (const auto& [id, digest] : read_index(*index))
    if (auto other = read(id); other && id != image.local_id && shared_bytes(image, *other) > 0)
      out.push_back(*std::move(other));
  std::ranges::stable_sort(out, std::greater(),
                           [&](const Image& other) { return std::pair(shared_bytes(image, other), other.created()); });
  return out;
}

int Layout::drop_damaged(const std::vector<Blob>& blobs) {
  int dropped = 0;
  for (const auto& blob : blobs) {
    if (!blobs_.is_damaged(blob.digest)) continue;
    blobs_.remove(blob.digest);
    ++dropped;
  }
  return dropped;
}

// The index first: a crash after it leaves blobs that the next trim removes.
Result<Trimmed> Layout::trim(const std::set<std::string>& kept, Millis idle) {
  Trimmed out;
  if (!fs::exists(dir_)) return out;
  auto held = TRY(lock({}));
  auto text = read_file(index_path());
  auto index = read_index(text ? *text : "");
  std::vector<Image> images;
  std::map<std::string, long long> sizes;
  out.images = static_cast<int>(std::erase_if(index, [&](const auto& entry) { return !kept.contains(entry.first); }));
  for (const auto& [id, digest] : index)
    if (auto image = read(id)) {
      sizes[digest] = static_cast<long long>(image->manifest.size());
      images.push_back(*std::move(image));
    }
  TRY(write_file(index_path(), write_index(index, sizes)));
  auto plan = plan_trim(images, blobs_.list(), idle);
  for (const auto& blob : plan.remove) {
    blobs_.remove(blob.digest);
    out.bytes += blob.hollow ? 0 : blob.size;
  }
  for (const auto& blob : plan.hollow)
    if (blobs_.hollow_out(blob)) out.bytes += blob.size;
  remove_unfinished(dir_);
  return out;
}

// Podman takes a third of a second for this answer.
Result<std::string> Layout::store() {
  auto known = store_.lock();
  if (!known->empty()) return *known;
  auto info = TRY(local_.call_json({.path = "/info"}));
  return *known = TRY(store_of(info.is_object() ? info.get_object() : boost::json::object()));
}

Result<Fd> Layout::lock(std::stop_token stop) const {
  TRY(make_directories(dir_));
  return lock_file(dir_ / "lock", kLockLimit, stop);
}

Result<Image> Layout::read(const std::string& local_id) const {
  auto index = read_index(TRY(read_file(index_path())));
  auto found = index.find(local_id);
  if (found == index.end()) return fail(ErrorCode::not_found, "the layout has no image {}", local_id.substr(0, 12));
  auto manifest = TRY(blobs_.content(found->second));
  if (digest_of(manifest) != found->second)
    return fail(ErrorCode::failed, "the layout's copy of the manifest {} is damaged", found->second);
  auto config = TRY(config_digest_of(manifest));
  auto image = TRY(read_image(std::move(manifest), TRY(blobs_.content(config))));
  image.local_id = local_id;
  return image;
}

Status Layout::take_over(const std::string& local_id, std::stop_token stop) {
  if (!has_program("skopeo"))
    return fail(error(ErrorCode::not_found, "skopeo is not installed").with_hint("apt-get install skopeo"));
  auto finished = TRY(run(export_command(TRY(store()), local_id, dir_), stop));
  if (finished.exit_code != 0) return fail(export_failure(local_id, finished));
  return {};
}

OpenBlobs Layout::open_those_there(const std::vector<Blob>& layers) const {
  OpenBlobs out;
  for (const auto& layer : layers)
    if (auto fd = blobs_.open(layer)) out.emplace(layer.digest, std::move(fd));
  return out;
}

}  // namespace podwright::ship
