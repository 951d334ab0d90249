// index.json of the layout, and what can go from it. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "ship/image.hh"

namespace podwright::ship {

// Image id as the local Podman calls it → digest of its manifest. An unreadable index is an empty one: what it named is
// taken over again.
using Index = std::map<std::string, std::string>;
Index read_index(std::string_view text);
std::string write_index(const Index& index, const std::map<std::string, long long>& manifest_sizes);

// A file under blobs/sha256.
struct Stored {
  std::string digest;
  long long size = 0;
  bool hollow = false;
  Millis idle = {};  // since it was made or sent
};

struct TrimPlan {
  std::vector<Stored> remove;  // no kept image needs them
  std::vector<Stored> hollow;  // large, and nobody asked for them for so long
};

// `kept`: the images that stay, as read from their blobs.
TrimPlan plan_trim(const std::vector<Image>& kept, const std::vector<Stored>& stored, Millis idle);

}  // namespace podwright::ship
