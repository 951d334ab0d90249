// Garbage: releases beyond the kept ones, their images and old build logs. What to remove is decided purely.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "orchestrate/engine.hh"

namespace podwright::orchestrate {

// Releases to forget: all but the newest `keep`; those in use always stay. `releases` is newest first.
std::vector<int> stale_releases(const std::vector<Release>& releases, const std::set<int>& in_use, int keep);

// Images to remove: ours, of no kept release, of no unfinished deployment, and not the newest of their app.
std::vector<ImageInfo> stale_images(const std::vector<ImageInfo>& images, const std::set<std::string>& kept_images,
                                    const std::set<std::string>& unfinished_deployments);

Result<Collected> collect_garbage(const Ports& ports, const Settings& settings);

}  // namespace podwright::orchestrate
