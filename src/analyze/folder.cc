#include "analyze/folder.hh"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.hh"

namespace podwright::analyze {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

namespace {

bool is_test_folder(std::string_view name) {
  static constexpr std::array kNames = {"test", "tests", "spec", "specs", "__tests__", "e2e", "testdata", "fixtures", "cypress"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_companion_folder(std::string_view name) {
  static constexpr std::array kNames = {"example", "examples", "docs", "doc", "samples", "demo", "demos", "benchmarks", "bench"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

bool is_beside_the_point(std::string_view path) {
  // Below src, and below a domain as in com/example, such a name is part of a package's name.
  bool in_package = false;
  for (const std::string_view part : split(folder_of(path), '/')) {
    if (is_test_folder(part) || (!in_package && is_companion_folder(part))) return true;
    in_package = in_package || part == "src" || part == "com" || part == "org" || part == "net" || part == "io";
  }
  const std::string_view name = file_name(path);
  return name.find(".test.") != std::string_view::npos || name.find(".spec.") != std::string_view::npos ||
         name.find("_test.") != std::string_view::npos || name.find("_spec.") != std::string_view::npos;
}

Folder::Folder(const Tree& tree, std::string_view path) : tree_(&tree), path_(path.empty() ? "." : path) {
  if (path_ != ".") prefix_ = path_ + "/";
  const auto& all = tree.files();
  for (auto at = std::lower_bound(all.begin(), all.end(), prefix_); at != all.end() && at->starts_with(prefix_); ++at) {
    const std::string_view relative = std::string_view(*at).substr(prefix_.size());
    files_.push_back(relative);
    if (relative.find('/') == std::string_view::npos) direct_.push_back(relative);
  }
}

std::string Folder::name() const { return path_ == "." ? "" : std::string(file_name(path_)); }

bool Folder::has(std::string_view file) const { return std::binary_search(files_.begin(), files_.end(), file); }

bool Folder::has_any_below(std::string_view folder) const {
  const std::string prefix = std::string(folder) + "/";
  const auto at = std::lower_bound(files_.begin(), files_.end(), std::string_view(prefix));
  return at != files_.end() && at->starts_with(prefix);
}

std::string_view Folder::read(std::string_view file) const {
  return has(file) ? tree_->read(prefix_ + std::string(file)) : std::string_view();
}

std::string_view Folder::first_of(std::initializer_list<std::string_view> names) const {
  const auto hit = std::find_if(names.begin(), names.end(), [this](std::string_view name) { return has(name); });
  return hit == names.end() ? std::string_view() : *hit;
}

namespace {

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view end) { return name.ends_with(end); });
}

}  // namespace

std::vector<std::string_view> Folder::ending(std::initializer_list<std::string_view> suffixes, size_t limit) const {
  struct Ranked {
    bool beside;
    std::ptrdiff_t depth;
    std::string_view file;
  };
  std::vector<Ranked> ranked;
  for (const std::string_view file : files_) {
    if (!ends_with_any(file, suffixes)) continue;
    ranked.push_back({is_beside_the_point(file), std::count(file.begin(), file.end(), '/'), file});
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return std::tie(a.beside, a.depth, a.file) < std::tie(b.beside, b.depth, b.file);
  });
  std::vector<std::string_view> found;
  for (const Ranked& one : ranked) {
    if (found.size() == limit) break;
    found.push_back(one.file);
  }
  return found;
}

std::string_view Folder::direct_ending(std::string_view suffix) const {
  const auto hit =
      std::find_if(direct_.begin(), direct_.end(), [&](std::string_view file) { return file.ends_with(suffix); });
  return hit == direct_.end() ? std::string_view() : *hit;
}

size_t Folder::count(std::initializer_list<std::string_view> suffixes) const {
  return static_cast<size_t>(std::count_if(files_.begin(), files_.end(),
                                           [&](std::string_view file) { return ends_with_any(file, suffixes); }));
}

std::string Folder::in_source(std::string_view file) const { return prefix_ + std::string(file); }

std::string Folder::nearest_up(std::string_view file) const {
  const auto& all = tree_->files();
  std::string at = path_ == "." ? "" : path_;
  while (true) {
    const std::string candidate = at.empty() ? std::string(file) : at + "/" + std::string(file);
    if (std::binary_search(all.begin(), all.end(), candidate)) return candidate;
    if (at.empty()) return "";
    at = folder_of(at);
  }
}

}  // namespace podwright::analyze
