#include "analyze/survey.hh"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.hh"

namespace podwright::analyze {

namespace {

constexpr size_t kMaxFolders = 200;
constexpr std::ptrdiff_t kMaxDepth = 5;

struct Sources {
  std::string_view language;
  std::string_view suffix;
};

// Code only: markup, styles and data say little about what runs.
constexpr std::array kSources = {
    Sources{"node", ".js"},     Sources{"node", ".ts"},      Sources{"node", ".tsx"},    Sources{"node", ".jsx"},
    Sources{"node", ".mjs"},    Sources{"node", ".cjs"},     Sources{"node", ".vue"},    Sources{"node", ".svelte"},
    Sources{"python", ".py"},   Sources{"go", ".go"},        Sources{"rust", ".rs"},     Sources{"java", ".java"},
    Sources{"kotlin", ".kt"},   Sources{"scala", ".scala"},  Sources{"clojure", ".clj"}, Sources{"ruby", ".rb"},
    Sources{"php", ".php"},     Sources{"dotnet", ".cs"},    Sources{"fsharp", ".fs"},   Sources{"elixir", ".ex"},
    Sources{"elixir", ".exs"},  Sources{"erlang", ".erl"},   Sources{"gleam", ".gleam"}, Sources{"haskell", ".hs"},
    Sources{"swift", ".swift"}, Sources{"zig", ".zig"},      Sources{"dart", ".dart"},   Sources{"crystal", ".cr"},
    Sources{"cobol", ".cbl"},   Sources{"c", ".c"},          Sources{"cpp", ".cpp"},     Sources{"cpp", ".cc"},
    Sources{"lua", ".lua"}};

std::string_view language_of(std::string_view file) {
  const size_t dot = file_name(file).rfind('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view suffix = file_name(file).substr(dot);
  const auto* hit = std::find_if(kSources.begin(), kSources.end(), [&](const Sources& one) { return one.suffix == suffix; });
  return hit == kSources.end() ? std::string_view() : hit->language;
}

std::map<std::string_view, double> shares(const Folder& folder) {
  std::map<std::string_view, double> found;
  double total = 0;
  for (const std::string_view file : folder.files()) {
    if (const auto language = language_of(file); !language.empty() && !is_beside_the_point(file)) {
      found[language] += 1;
      total += 1;
    }
  }
  for (auto& [language, share] : found) share /= total;
  if (const auto node = found.find("node"); node != found.end()) found["bun"] = found["deno"] = node->second;
  return found;
}

bool is_front_end(const Candidate& candidate) {
  return candidate.plan.runtime == RuntimeKind::static_files || candidate.plan.language == "static";
}

double best_server(const std::vector<Candidate>& candidates) {
  double best = 0;
  for (const Candidate& one : candidates) {
    if (!is_front_end(one)) best = std::max(best, one.score);
  }
  return best;
}

// A front end beside a server of another language is that server's front end. And where two are equally sure, the
// language that most of the code is written in runs.
void weigh(std::vector<Candidate>& candidates, const Folder& folder) {
  const double server = best_server(candidates);
  const auto share = shares(folder);
  for (Candidate& one : candidates) {
    const bool generated = one.plan.language == "static" && !one.plan.framework.empty();
    const double enough = generated ? score::application : score::manifest;
    if (is_front_end(one) && server >= enough) one.score = std::min(one.score, 0.35);
    if (const auto found = share.find(one.plan.language); found != share.end()) one.score += 0.08 * found->second;
  }
}

// Best first; among equals the table's order holds.
std::vector<Candidate> ranked(std::vector<Candidate> candidates) {
  std::vector<size_t> order(candidates.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return candidates[a].score != candidates[b].score ? candidates[a].score > candidates[b].score : a < b;
  });
  std::vector<Candidate> sorted;
  for (const size_t index : order) sorted.push_back(std::move(candidates[index]));
  return sorted;
}

std::vector<Candidate> ask_all(const Folder& folder) {
  std::vector<Candidate> candidates;
  for (const Detector& detector : detectors()) {
    if (auto candidate = detector.detect(folder)) candidates.push_back(*std::move(candidate));
  }
  weigh(candidates, folder);
  return ranked(std::move(candidates));
}

bool is_marker(std::string_view file) {
  static const auto markers = [] {
    std::pair<std::set<std::string_view>, std::vector<std::string_view>> sets;
    for (const Detector& detector : detectors()) {
      for (const std::string_view marker : detector.markers) {
        if (marker.starts_with('.')) sets.second.push_back(marker);
        else sets.first.insert(marker);
      }
    }
    return sets;
  }();
  const std::string_view name = file_name(file);
  return markers.first.contains(name) || std::any_of(markers.second.begin(), markers.second.end(), [&](std::string_view end) {
           return name.ends_with(end);
         });
}

// Sub-folders with a manifest, shallow ones first.
std::vector<std::string> folders_below(const Folder& top) {
  std::set<std::pair<std::ptrdiff_t, std::string>> found;
  for (const std::string_view file : top.files()) {
    const std::string_view folder = folder_of(file);
    if (folder.empty() || is_beside_the_point(file) || !is_marker(file)) continue;
    const auto depth = std::count(folder.begin(), folder.end(), '/') + 1;
    if (depth <= kMaxDepth) found.emplace(depth, folder);
  }
  std::vector<std::string> folders;
  for (const auto& [depth, folder] : found) {
    if (folders.size() == kMaxFolders) break;
    folders.push_back(top.in_source(folder));
  }
  return folders;
}

bool is_deployable(const Candidate& candidate) {
  return !candidate.plan.start_command.empty() || !candidate.plan.publish_dir.empty();
}

bool is_inside(std::string_view path, std::string_view folder) {
  return folder == "." || (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

// What a person would call the main one: servers before sites, then the folder's name, then the depth.
int prominence(const Surveyed& one) {
  static constexpr std::array kServers = {"server", "backend", "api", "app", "web", "www", "service", "main"};
  const std::string name = one.folder.name();
  const auto* hit = std::find(kServers.begin(), kServers.end(), name);
  const int by_name = hit == kServers.end() ? 0 : static_cast<int>(kServers.end() - hit);
  return (is_front_end(one.candidates.front()) ? 0 : 20) + by_name;
}

}  // namespace

std::vector<Surveyed> survey(const Tree& tree, std::string_view path) {
  std::vector<Surveyed> surveyed;
  Folder top(tree, path);
  const auto below = folders_below(top);
  auto candidates = ask_all(top);
  surveyed.push_back({std::move(top), std::move(candidates)});
  for (const std::string& folder : below) {
    Folder sub(tree, folder);
    auto found = ask_all(sub);
    if (!found.empty()) surveyed.push_back({std::move(sub), std::move(found)});
  }
  return surveyed;
}

namespace {

// Whether a folder is a service beside those chosen above it.
bool stands_alone(const Surveyed& one, const std::vector<Surveyed>& surveyed, const std::vector<size_t>& chosen) {
  const Candidate& best = one.candidates.front();
  if (best.score < score::application || !is_deployable(best)) return false;
  return std::none_of(chosen.begin(), chosen.end(), [&](size_t index) {
    const Surveyed& above = surveyed[index];
    const Candidate& over = above.candidates.front();
    return is_inside(one.folder.path(), above.folder.path()) && over.covers_below && over.plan.language == best.plan.language;
  });
}

std::vector<size_t> services_below(const std::vector<Surveyed>& surveyed, std::vector<size_t> chosen) {
  for (size_t i = 1; i < surveyed.size(); ++i) {
    if (stands_alone(surveyed[i], surveyed, chosen)) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace

std::vector<size_t> choose_services(const std::vector<Surveyed>& surveyed) {
  const auto& top = surveyed.front().candidates;
  const bool top_runs = !top.empty() && is_deployable(top.front()) && top.front().score >= score::sources;
  if (top_runs) return services_below(surveyed, {0});

  std::vector<size_t> below = services_below(surveyed, {});
  std::sort(below.begin(), below.end(), [&](size_t a, size_t b) {
    const int first = prominence(surveyed[a]), second = prominence(surveyed[b]);
    return first != second ? first > second : a < b;
  });
  if (!below.empty() && (top.empty() || top.front().score < score::manifest || !top.front().covers_below)) return below;
  if (!top.empty() && (top.front().score >= score::tooling || surveyed.size() == 1)) return {0};
  size_t best = 0;
  for (size_t i = 1; i < surveyed.size(); ++i) {
    if (surveyed[best].candidates.empty() || surveyed[i].candidates.front().score > surveyed[best].candidates.front().score) best = i;
  }
  return surveyed[best].candidates.empty() ? std::vector<size_t>{} : std::vector<size_t>{best};
}

}  // namespace podwright::analyze
