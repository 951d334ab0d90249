// How a language plugs in: one function that looks at one folder and answers what it would deploy there.
//
// A detector is pure and quick: it first asks Folder::has() for its manifests and sources and returns nothing when none
// is there. It fills every BuildPlan field that it can; the core then adds what is the same for all languages: name,
// root, Procfile, Dockerfile, compose file, ports found in them, environment variables, resources, runners-up.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analyze/folder.hh"
#include "model/build_plan.hh"

namespace podwright::analyze {

// How sure a detector is that this folder is an application of its language. Use these, plus or minus a few hundredths.
namespace score {
inline constexpr double server = 0.90;       // a manifest, and a web framework or a start command that says so
inline constexpr double application = 0.75;  // a manifest and an entry point
inline constexpr double manifest = 0.55;     // a manifest or a lock file alone
inline constexpr double sources = 0.40;      // no manifest, but a source file with an entry's name: main.py, index.js
inline constexpr double some_sources = 0.15; // source files of the language somewhere
inline constexpr double tooling = 0.20;      // the manifest only serves another language's tools (CSS, lint, docs)
}  // namespace score

struct Candidate {
  BuildPlan plan;
  double score = 0;  // 0..1

  // Folders of the same language below belong to this plan (modules, crates, packages). False for a workspace root
  // that only coordinates, and where a folder below may be an application of its own.
  bool covers_below = true;
};

using Detect = std::optional<Candidate> (*)(const Folder& folder);

struct Detector {
  std::string_view name;                      // for messages and tests
  Detect detect;
  std::vector<std::string_view> markers;      // names, or ".suffix", of files that make a sub-folder worth asking about
};

// The table of all languages, in detectors.cc. Among equal scores the earlier one wins.
std::span<const Detector> detectors();

// One function per detector; each lives in <name>.cc.
std::optional<Candidate> detect_node(const Folder& folder);  // node, bun
std::optional<Candidate> detect_deno(const Folder& folder);
std::optional<Candidate> detect_static(const Folder& folder);
std::optional<Candidate> detect_php(const Folder& folder);
std::optional<Candidate> detect_ruby(const Folder& folder);
std::optional<Candidate> detect_docker(const Folder& folder);
std::optional<Candidate> detect_shell(const Folder& folder);
std::optional<Candidate> detect_python(const Folder& folder);
std::optional<Candidate> detect_go(const Folder& folder);
std::optional<Candidate> detect_rust(const Folder& folder);
std::optional<Candidate> detect_jvm(const Folder& folder);     // java, kotlin, scala, clojure
std::optional<Candidate> detect_dotnet(const Folder& folder);  // dotnet, fsharp
std::optional<Candidate> detect_beam(const Folder& folder);    // elixir, erlang, gleam
std::optional<Candidate> detect_haskell(const Folder& folder);
std::optional<Candidate> detect_swift(const Folder& folder);
std::optional<Candidate> detect_zig(const Folder& folder);
std::optional<Candidate> detect_dart(const Folder& folder);
std::optional<Candidate> detect_crystal(const Folder& folder);
std::optional<Candidate> detect_cobol(const Folder& folder);
std::optional<Candidate> detect_c(const Folder& folder);       // c, cpp
std::optional<Candidate> detect_lua(const Folder& folder);
std::optional<Candidate> detect_traces(const Folder& folder);  // any language, when nothing better is known

// Notes why a plan's field has its value; `file` is relative to the folder (Folder::in_source is applied here).
void note(BuildPlan& plan, const Folder& folder, std::string_view field, std::string_view value, std::string_view file,
          int line, double weight);

}  // namespace podwright::analyze
