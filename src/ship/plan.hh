// Which layers travel, in which loads. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ship/image.hh"

namespace podwright::ship {

// From this size on a layer gets a load of its own: what a cut link may cost.
inline constexpr long long kLargeLayer = 8 << 20;

// One load: the image that consists of the first `layers` layers, of which those in `travelling` are in the archive.
struct Step {
  size_t layers = 0;                  // all of them: the image itself
  std::vector<Blob> travelling = {};  // in their order, each once
  bool operator==(const Step&) const = default;
};

struct Plan {
  std::vector<Step> steps;  // the last one is the image itself
  int layers() const;       // that travel
  long long bytes() const;  // of them, uncompressed
};

// `present`: diffIDs that the other Podman has, in whatever image.
Plan plan(const Image& image, const std::set<std::string>& present);

// The name under which a step that is not the last one is loaded. It depends on the layers alone, so that an
// interrupted ship and its successor mean the same.
std::string partial_reference(const Image& image, size_t layers);
inline constexpr std::string_view kPartialName = "localhost/podwright-partial";
bool is_partial_reference(std::string_view reference);

// The names of all prefixes of the image and their lengths, to recognise what an earlier ship has left.
std::map<std::string, size_t> partial_references(const Image& image);

}  // namespace podwright::ship
