#include "orchestrate/gc.hh"

#include <algorithm>
#include <map>

#include "base/fs.hh"
#include "deploy/plan.hh"
#include "orchestrate/build_log.hh"

namespace podwright::orchestrate {

namespace {

constexpr int kKeptLogs = 200;  // build logs, of the newest deployments

// Forgets what is beyond the limit and answers the images that the rest needs.
Result<std::set<std::string>> forget_stale_releases(const Ports& ports, const Settings& settings,
                                                    Collected& collected) {
  std::set<std::string> kept;
  for (const auto& app : TRY(ports.store.apps())) {
    auto releases = TRY(ports.store.releases(app.key));
    std::set<int> in_use{app.active_release};
    for (const auto& placement : TRY(ports.store.placements(app.key)))
      in_use.insert({placement.release, placement.previous});
    auto stale = stale_releases(releases, in_use, settings.keep_releases);
    for (const auto& release : releases) {
      if (std::ranges::find(stale, release.number) == stale.end()) {
        kept.insert(release.service.image);
        continue;
      }
      TRY(ports.store.forget_release(app.key, release.number));
      collected.removed.push_back("release " + std::to_string(release.number) + " of " + app.key.text());
    }
  }
  return kept;
}

Status remove_old_logs(const Ports& ports, const Settings& settings, Collected& collected) {
  std::set<std::string> kept;
  for (const auto& deployment : TRY(ports.store.deployments({.limit = kKeptLogs}))) kept.insert(deployment.id + ".log");
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(settings.state_dir / "builds", problem)) {
    if (kept.contains(entry.path().filename().native())) continue;
    collected.freed_bytes += static_cast<long long>(entry.file_size(problem));
    if (fs::remove(entry.path(), problem)) collected.removed.push_back("build log " + entry.path().stem().native());
  }
  return {};
}

}  // namespace

std::vector<int> stale_releases(const std::vector<Release>& releases, const std::set<int>& in_use, int keep) {
  std::vector<int> stale;
  for (size_t i = 0; i < releases.size(); ++i)
    if (static_cast<int>(i) >= keep && !in_use.contains(releases[i].number)) stale.push_back(releases[i].number);
  return stale;
}

std::vector<ImageInfo> stale_images(const std::vector<ImageInfo>& images, const std::set<std::string>& kept_images,
                                    const std::set<std::string>& unfinished_deployments) {
  std::map<std::string, long long> newest;
  for (const auto& image : images) {
    auto& created = newest[deploy::label_of(image.labels, kLabelApp)];
    created = std::max(created, image.created_s);
  }
  std::vector<ImageInfo> stale;
  for (const auto& image : images) {
    auto app = deploy::label_of(image.labels, kLabelApp);
    bool needed = app.empty() || kept_images.contains(image.id) ||
                  unfinished_deployments.contains(deploy::label_of(image.labels, kLabelDeployment)) ||
                  image.created_s == newest[app];
    if (!needed) stale.push_back(image);
  }
  return stale;
}

Result<Collected> collect_garbage(const Ports& ports, const Settings& settings) {
  Collected collected;
  auto kept = TRY(forget_stale_releases(ports, settings, collected));
  std::set<std::string> unfinished;
  for (const auto& deployment : TRY(ports.store.unfinished())) unfinished.insert(deployment.id);
  auto images = TRY(ports.runtime.images({{std::string(kLabelInstallation), ports.store.installation()}}));
  for (const auto& image : stale_images(images, kept, unfinished)) {
    auto removed = ports.runtime.remove_image(image.id);
    if (!removed && removed.error().code == ErrorCode::conflict) continue;  // a draining container still runs it
    if (!removed) return std::unexpected(removed.error());
    collected.removed.push_back("image " + (image.names.empty() ? image.id.substr(0, 12) : image.names.front()));
    collected.freed_bytes += image.size_bytes;
  }
  TRY(remove_old_logs(ports, settings, collected));
  return collected;
}

}  // namespace podwright::orchestrate
