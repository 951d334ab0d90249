#include "ship/ship.hh"

#include <algorithm>

#include "base/clock.hh"
#include "base/log.hh"
#include "ship/archive.hh"
#include "ship/plan.hh"
#include "ship/target.hh"

namespace podwright::ship {

namespace {

constexpr size_t kMaxRelated = 20;     // images that are asked for before all are looked through
constexpr size_t kMaxInspected = 200;  // of all images

// One ship on its way.
class Ship {
 public:
  Ship(Layout& layout, const Image& image, Target target, const Reference& reference, const OnProgress& progress,
       std::stop_token stop)
      : layout_(layout), image_(image), target_(target), reference_(reference), progress_(progress), stop_(stop) {}

  Result<Shipped> run() {
    Shipped out{.image_id = image_.id,
                .digest = image_.digest,
                .bytes_total = image_.bytes(),
                .layers_total = static_cast<int>(image_.layers.size())};
    if (is_image(TRY(target_.find(image_.id)))) {
      TRY(target_.tag(image_.id, reference_));
      return out;
    }
    TRY(send());
    TRY(verify());
    forget_partials();
    out.bytes_sent = bytes_sent_;
    out.layers_sent = layers_sent_;
    return out;
  }

 private:
  // Each round learns something: a layer that was taken away meanwhile, or a damaged copy of ours that was dropped.
  Status send() {
    TRY(observe());
    for (size_t round = 0;; ++round) {
      auto sent = carry_out(plan(image_, present_));
      if (sent) return sent;
      auto missing = missing_layer(sent.error());
      bool learnt = missing ? present_.erase(*missing) > 0 : says_damaged(sent.error()) && drop_damaged();
      if (!learnt || round > image_.layers.size()) return sent;
    }
  }

  // What is there of the image. Related images and what an earlier ship has left are asked for by name, which takes
  // milliseconds; all images are looked through only when a large layer would travel otherwise.
  Status observe() {
    TRY(look_at_related());
    if (missing_bytes() >= kLargeLayer) TRY(look_at_partials());
    if (missing_bytes() >= kLargeLayer) TRY(look_at_all());
    return {};
  }

  Status look_at_related() {
    size_t asked = 0;
    for (const auto& related : layout_.related(image_)) {
      if (!adds(related.diff_ids())) continue;
      if (++asked > kMaxRelated) break;
      if (auto found = TRY(target_.find(related.id))) take(found->layers);
    }
    return {};
  }

  Status look_at_partials() {
    auto own = partial_references(image_);
    for (const auto& listed : TRY(target_.list(std::string(kPartialName))))
      for (const auto& name : listed.names) {
        if (!own.contains(name)) continue;
        partials_.insert(name);
        take(prefix_of(image_, own.at(name)).diff_ids());
      }
    return {};
  }

  Status look_at_all() {
    auto all = TRY(target_.list());
    for (size_t i = 0; i < std::min(all.size(), kMaxInspected) && missing_bytes() > 0; ++i)
      if (auto found = TRY(target_.find(all[i].id))) take(found->layers);
    return {};
  }

  void take(const std::vector<std::string>& layers) { present_.insert(layers.begin(), layers.end()); }

  bool adds(const std::vector<std::string>& layers) const {
    return std::ranges::any_of(image_.layers, [&](const Blob& layer) {
      return !present_.contains(layer.digest) && std::ranges::find(layers, layer.digest) != layers.end();
    });
  }

  long long missing_bytes() const { return plan(image_, present_).bytes(); }

  Status carry_out(const Plan& plan) {
    travelling_.clear();
    for (const auto& step : plan.steps)
      travelling_.insert(travelling_.end(), step.travelling.begin(), step.travelling.end());
    auto blobs = TRY(layout_.open(image_, travelling_, stop_));
    long long gone = 0;
    for (const auto& step : plan.steps) {
      auto heard = [&](long long bytes) {
        gone += bytes;
        if (progress_) progress_(std::min(gone, plan.bytes()), plan.bytes());
      };
      TRY(load(step, blobs, heard));
    }
    return {};
  }

  Status load(const Step& step, const OpenBlobs& blobs, const std::function<void(long long)>& heard) {
    bool is_whole = step.layers == image_.layers.size();
    auto name = is_whole ? reference_.name + ":" + reference_.tag : partial_reference(image_, step.layers);
    auto part = is_whole ? image_ : prefix_of(image_, step.layers);
    Archive archive(TRY(oci_files(part, name, step.travelling, blobs)), heard);
    auto loaded = target_.load(archive, stop_);
    bytes_sent_ += archive.made();
    TRY(std::move(loaded));
    layers_sent_ += static_cast<int>(step.travelling.size());
    for (const auto& layer : step.travelling) present_.insert(layer.digest);
    if (!is_whole) partials_.insert(name);
    return {};
  }

  // A 2xx is not proof.
  Status verify() {
    if (is_image(TRY(target_.find(reference_.name + ":" + reference_.tag)))) return {};
    return fail(ErrorCode::failed, "Podman on the other side says that it loaded the image {}, but has another one",
                image_.id.substr(0, 12));
  }

  bool is_image(const std::optional<Found>& found) const {
    return found && found->id == image_.id && found->layers == image_.diff_ids();
  }

  bool drop_damaged() {
    int dropped = layout_.drop_damaged(travelling_);
    if (dropped > 0) log::warn("{} damaged layer(s) of the image {} are made anew", dropped, image_.id.substr(0, 12));
    return dropped > 0;
  }

  void forget_partials() const {
    for (const auto& name : partials_) target_.forget(name);
  }

  Layout& layout_;
  const Image& image_;
  Target target_;
  const Reference& reference_;
  const OnProgress& progress_;
  std::stop_token stop_;
  std::set<std::string> present_;  // diffIDs that are there, as far as we know
  std::vector<Blob> travelling_;
  std::set<std::string> partials_;  // prefixes of this image that are there
  long long bytes_sent_ = 0;
  int layers_sent_ = 0;
};

}  // namespace

Result<Shipped> ship(Layout& layout, const std::string& image_id, podman::Client& remote, const std::string& reference,
                     const OnProgress& progress, std::stop_token stop) {
  Stopwatch watch;
  auto name = TRY(parse_reference(reference));
  auto image = TRY(layout.image(image_id, stop));
  auto shipped = TRY(Ship(layout, image, Target{remote}, name, progress, stop).run());
  shipped.ms = watch.elapsed().count();
  return shipped;
}

Result<int> sweep_partials(podman::Client& remote) {
  Target target{remote};
  int swept = 0;
  for (const auto& listed : TRY(target.list(std::string(kPartialName))))
    for (const auto& name : listed.names) {
      if (!is_partial_reference(name)) continue;
      target.forget(name);
      ++swept;
    }
  return swept;
}

}  // namespace podwright::ship
