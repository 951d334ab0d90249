// Haskell: Stack and Cabal, or a single Main.hs.
#include <array>

#include "analyze/draft.hh"
#include "base/text.hh"
#include "format/yaml.hh"

namespace podwright::analyze {

namespace {

constexpr std::array<std::string_view, 5> kCalls = {"run", "scotty", "runSettings", "warp", "setPort"};

// Haskell calls without brackets: `scotty 3000 $ do`, `run 8080 app`, `warp 3000`.
std::optional<PortFinding> applied_port(const Folder& folder, const std::vector<std::string_view>& sources) {
  for (const auto file : sources) {
    const std::string_view text = folder.read(file);
    for (const auto call : kCalls) {
      for (size_t at = find_word(text, call); at != std::string_view::npos; at = find_word(text, call, at + 1)) {
        const auto words = split_words(text.substr(at + call.size(), text.find('\n', at) - at - call.size()));
        const auto port = words.empty() ? std::nullopt : parse_integer(words[0]);
        if (port && *port >= 80 && *port <= 65535) return PortFinding{.port = static_cast<int>(*port), .file = std::string(file), .line = line_at(text, at)};
      }
    }
  }
  return std::nullopt;
}

// The executables of a .cabal file or package.yaml.
std::string executable_name(const Folder& folder, std::string_view cabal) {
  for (const auto line : split_lines(folder.read(cabal))) {
    const auto words = split_words(line);
    if (words.size() == 2 && to_lower(words[0]) == "executable") return std::string(words[1]);
  }
  const auto package = parse_yaml(folder.read("package.yaml"), "package.yaml");
  if (!package) return "";
  const Yaml* list = package->find("executables");
  if (list && list->is_mapping() && !list->children.empty()) return list->children.front().key;
  return package->find("executable") ? std::string(package->text("name")) : "";
}

void web_library(Candidate& made, const Folder& folder, std::string_view manifest) {
  const std::string_view text = folder.read(manifest);
  for (const auto& [name, port] : {std::pair<std::string_view, int>{"scotty", 3000}, {"yesod", 3000}, {"servant-server", 8080}, {"ihp", 8000}, {"spock", 8080}, {"snap-server", 8000}, {"warp", 3000}}) {
    const size_t at = find_word(text, name);
    if (at == std::string_view::npos) continue;
    set_framework(made.plan, folder, name, manifest, line_at(text, at));
    if (!made.plan.port) default_port(made.plan, folder, port, false, manifest);
    return;
  }
}

}  // namespace

std::optional<Candidate> detect_haskell(const Folder& folder) {
  std::string_view cabal = folder.direct_ending(".cabal");
  if (cabal.empty()) {
    for (const auto file : folder.ending({".cabal"}, 20)) {
      if (cabal.empty() && !executable_name(folder, file).empty()) cabal = file;
    }
  }
  const bool stack = folder.has("stack.yaml");
  const bool project = stack || folder.has("package.yaml") || folder.has("cabal.project") || !folder.direct_ending(".cabal").empty();
  const auto sources = folder.ending({".hs"}, 300);
  if (!project) {
    const std::string_view file = folder.first_of({"Main.hs", "main.hs", "app/Main.hs", "src/Main.hs"});
    const std::string_view only = file.empty() ? folder.direct_ending(".hs") : file;
    if (only.empty()) return std::nullopt;
    Candidate made = draft(folder, "haskell", RuntimeKind::binary, score::sources, only);
    made.plan.version = "9.6";
    made.plan.build_packages = {"ghc"};
    made.plan.build_command = "ghc -O2 -outputdir /tmp -o app " + shell_word(only);
    made.plan.outputs = {"app"};
    made.plan.run_packages = {"libgmp10"};
    set_start(made.plan, folder, "./app", only, 0, 0.7);
    if (const auto port = applied_port(folder, sources)) apply_port(made.plan, folder, *port, 0.7);
    return made;
  }
  const std::string_view manifest = stack ? "stack.yaml" : cabal.empty() ? folder.first_of({"package.yaml", "cabal.project"}) : cabal;
  Candidate made = draft(folder, "haskell", RuntimeKind::binary, score::application, manifest);
  BuildPlan& plan = made.plan;
  plan.package_manager = stack ? "stack" : "cabal";
  plan.version = "9.6";
  plan.run_packages = {"libgmp10"};
  add_manifests(plan, folder, {"stack.yaml", "stack.yaml.lock", "package.yaml", "cabal.project", "cabal.project.freeze"});
  if (!cabal.empty()) add_manifests(plan, folder, {cabal});
  const std::string name = executable_name(folder, cabal);
  plan.name = name;
  plan.outputs = {"bin"};
  if (stack) {
    plan.caches = {{"/root/.stack"}};
    plan.install_command = "stack setup --install-ghc && stack build --only-dependencies";
    plan.build_command = "stack install --local-bin-path bin";
  } else {
    plan.caches = {{"/root/.cabal"}, {"/root/.cache/cabal"}};
    plan.build_packages = {"ghc", "cabal-install"};
    plan.install_command = "cabal update && cabal build --only-dependencies all";
    plan.build_command = "cabal install --installdir=bin --install-method=copy --overwrite-policy=always" + (name.empty() ? "" : " exe:" + shell_word(name));
  }
  if (!name.empty()) set_start(plan, folder, "./bin/" + shell_word(name), cabal.empty() ? "package.yaml" : cabal, 0, 0.7);
  if (const auto port = applied_port(folder, sources)) apply_port(plan, folder, *port, 0.7);
  else find_and_apply_port(plan, folder, sources, kCalls, 0);
  web_library(made, folder, cabal.empty() ? "package.yaml" : cabal);
  if (plan.port) made.score = score::server;
  return made;
}

}  // namespace podwright::analyze
