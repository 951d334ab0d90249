#include <array>

#include "analyze/detector.hh"

namespace podwright::analyze {

namespace {

const std::array kDetectors = {
    Detector{"php", detect_php, {"composer.json"}},
    Detector{"go", detect_go, {"go.mod"}},
    Detector{"jvm", detect_jvm, {"pom.xml", "build.gradle", "build.gradle.kts", "build.sbt", "project.clj", "deps.edn"}},
    Detector{"rust", detect_rust, {"Cargo.toml"}},
    Detector{"ruby", detect_ruby, {"Gemfile", "config.ru"}},
    Detector{"beam", detect_beam, {"mix.exs", "rebar.config", "gleam.toml"}},
    Detector{"python", detect_python, {"requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "manage.py", "environment.yml"}},
    Detector{"deno", detect_deno, {"deno.json", "deno.jsonc"}},
    Detector{"dotnet", detect_dotnet, {".csproj", ".fsproj", ".vbproj", ".sln"}},
    Detector{"node", detect_node, {"package.json"}},
    Detector{"haskell", detect_haskell, {"stack.yaml", "package.yaml", ".cabal"}},
    Detector{"swift", detect_swift, {"Package.swift"}},
    Detector{"zig", detect_zig, {"build.zig"}},
    Detector{"dart", detect_dart, {"pubspec.yaml"}},
    Detector{"crystal", detect_crystal, {"shard.yml"}},
    Detector{"cobol", detect_cobol, {}},
    Detector{"c", detect_c, {"CMakeLists.txt", "meson.build"}},
    Detector{"lua", detect_lua, {".rockspec"}},
    Detector{"static", detect_static, {"Staticfile", "hugo.toml", "_config.yml", "mkdocs.yml"}},
    Detector{"docker", detect_docker, {"Dockerfile", "Containerfile"}},
    Detector{"shell", detect_shell, {}},
    Detector{"traces", detect_traces, {}},
};

}  // namespace

std::span<const Detector> detectors() { return kDetectors; }

void note(BuildPlan& plan, const Folder& folder, std::string_view field, std::string_view value, std::string_view file,
          int line, double weight) {
  plan.evidence.push_back({std::string(field), std::string(value), file.empty() ? "" : folder.in_source(file), line, weight});
}

}  // namespace podwright::analyze
