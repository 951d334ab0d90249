// The last resort: a language that left only traces, such as a lock file, a version file or sources in some folder.
#include <algorithm>
#include <array>
#include <map>

#include "analyze/detector.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Trace {
  std::string_view file;  // a name, or a suffix that starts with '.'
  std::string_view language;
};

constexpr std::array kFiles = {
    Trace{"mix.lock", "elixir"},          Trace{"mix.exs", "elixir"},        Trace{"poetry.lock", "python"},      Trace{"uv.lock", "python"},
    Trace{"pdm.lock", "python"},          Trace{"Pipfile.lock", "python"},   Trace{".python-version", "python"},  Trace{"setup.cfg", "python"},
    Trace{"tox.ini", "python"},           Trace{"Cargo.lock", "rust"},       Trace{"rust-toolchain.toml", "rust"}, Trace{"rust-toolchain", "rust"},
    Trace{"go.sum", "go"},                Trace{"go.work", "go"},            Trace{".go-version", "go"},          Trace{"composer.lock", "php"},
    Trace{".php-version", "php"},         Trace{"php.ini", "php"},           Trace{".ruby-version", "ruby"},      Trace{"Rakefile", "ruby"},
    Trace{"pubspec.lock", "dart"},        Trace{"shard.lock", "crystal"},    Trace{"Package.resolved", "swift"},  Trace{"packages.lock.json", "dotnet"},
    Trace{"global.json", "dotnet"},       Trace{"nuget.config", "dotnet"},   Trace{"mvnw", "java"},               Trace{"gradlew", "java"},
    Trace{"settings.gradle", "java"},     Trace{"system.properties", "java"}, Trace{".java-version", "java"},     Trace{"rebar.lock", "erlang"},
    Trace{"stack.yaml.lock", "haskell"},  Trace{"cabal.project", "haskell"}, Trace{"build.zig.zon", "zig"},       Trace{"project.clj", "clojure"},
    Trace{"deps.edn", "clojure"},         Trace{"build.sbt", "scala"},       Trace{"manifest.toml", "gleam"}};

constexpr std::array kSuffixes = {
    Trace{".py", "python"},   Trace{".go", "go"},       Trace{".rs", "rust"},      Trace{".java", "java"},   Trace{".kt", "kotlin"},
    Trace{".scala", "scala"}, Trace{".clj", "clojure"}, Trace{".rb", "ruby"},      Trace{".php", "php"},     Trace{".cs", "dotnet"},
    Trace{".fs", "fsharp"},   Trace{".ex", "elixir"},   Trace{".exs", "elixir"},   Trace{".erl", "erlang"},  Trace{".gleam", "gleam"},
    Trace{".hs", "haskell"},  Trace{".swift", "swift"}, Trace{".zig", "zig"},      Trace{".dart", "dart"},   Trace{".cr", "crystal"},
    Trace{".cbl", "cobol"},   Trace{".cob", "cobol"},   Trace{".cpp", "cpp"},      Trace{".cc", "cpp"},      Trace{".c", "c"},
    Trace{".lua", "lua"},     Trace{".ts", "node"},     Trace{".tsx", "node"},     Trace{".jsx", "node"},    Trace{".vue", "node"},
    Trace{".mjs", "node"},    Trace{".js", "node"}};

RuntimeKind runtime_of(std::string_view language) {
  static const std::map<std::string_view, RuntimeKind> kRuntimes = {
      {"python", RuntimeKind::python}, {"java", RuntimeKind::jre},      {"kotlin", RuntimeKind::jre},  {"scala", RuntimeKind::jre},
      {"clojure", RuntimeKind::jre},   {"ruby", RuntimeKind::ruby},     {"php", RuntimeKind::php},     {"dotnet", RuntimeKind::dotnet},
      {"fsharp", RuntimeKind::dotnet}, {"elixir", RuntimeKind::beam},   {"erlang", RuntimeKind::beam}, {"gleam", RuntimeKind::beam},
      {"dart", RuntimeKind::dart},     {"lua", RuntimeKind::lua},       {"node", RuntimeKind::node}};
  const auto found = kRuntimes.find(language);
  return found == kRuntimes.end() ? RuntimeKind::binary : found->second;
}

// The language with the most source files, and one of them.
std::pair<std::string_view, std::string_view> by_sources(const Folder& folder) {
  std::map<std::string_view, std::pair<size_t, std::string_view>> counts;
  for (const std::string_view file : folder.files()) {
    const auto* hit = std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const Trace& one) { return file.ends_with(one.file); });
    if (hit == kSuffixes.end()) continue;
    auto& [count, first] = counts[hit->language];
    count += is_beside_the_point(file) ? 1 : 10;
    if (first.empty()) first = file;
  }
  const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second.first < b.second.first; });
  return most == counts.end() ? std::pair<std::string_view, std::string_view>{} : std::pair(most->first, most->second.second);
}

// A tool that a version manager is asked for.
std::pair<std::string_view, std::string_view> by_tools(const Folder& folder) {
  static constexpr std::array kTools = {"python", "go", "rust", "java", "ruby", "php", "elixir", "erlang", "gleam", "deno", "bun", "node", "zig", "dart", "crystal"};
  for (const std::string_view tool : kTools) {
    const auto found = find_version(folder, {}, {tool});
    if (found && folder_of(found->file) == (folder.path() == "." ? "" : folder.path())) return {tool, file_name(found->file)};
  }
  return {};
}

}  // namespace

std::optional<Candidate> detect_traces(const Folder& folder) {
  std::pair<std::string_view, std::string_view> found = by_sources(folder);
  double sure = score::some_sources - 0.05;
  for (const Trace& trace : kFiles) {
    if (!folder.has(trace.file) || !found.first.empty()) continue;
    found = {trace.language, trace.file};
    sure = score::some_sources;
  }
  if (found.first.empty()) found = by_tools(folder);
  if (found.first.empty()) return std::nullopt;
  Candidate candidate{.plan = {}, .score = sure};
  candidate.plan.language = found.first;
  candidate.plan.runtime = runtime_of(found.first);
  note(candidate.plan, folder, "language", found.first, found.second, 0, 0.4);
  candidate.plan.warnings.push_back(fmt::format("only {} tells the language: no manifest says how to build and start it", folder.in_source(found.second)));
  return candidate;
}

}  // namespace podwright::analyze
