// From all detectors' answers in all folders to the deployable roots, the primary one first.
#pragma once

#include <string_view>
#include <vector>

#include "analyze/detector.hh"

namespace podwright::analyze {

// What the detectors answered for one folder, best first.
struct Surveyed {
  Folder folder;
  std::vector<Candidate> candidates;
};

// Asks every detector about `path` and about the folders below that hold a manifest (at most 200, at most 5 deep).
std::vector<Surveyed> survey(const Tree& tree, std::string_view path);

// The services: the index of a surveyed folder each; candidates.front() is its plan. Empty when nothing was recognised.
std::vector<size_t> choose_services(const std::vector<Surveyed>& surveyed);

}  // namespace podwright::analyze
