#include <array>

#include "analyze/detector.hh"

namespace podwright::analyze {

namespace {

const std::array kDetectors = {
    Detector{"php", detect_php, {"composer.json"}},
    Detector{"ruby", detect_ruby, {"Gemfile", "config.ru"}},
    Detector{"deno", detect_deno, {"deno.json", "deno.jsonc"}},
    Detector{"node", detect_node, {"package.json"}},
    Detector{"static", detect_static, {"Staticfile", "hugo.toml", "_config.yml", "mkdocs.yml"}},
    Detector{"docker", detect_docker, {"Dockerfile", "Containerfile"}},
    Detector{"shell", detect_shell, {}},
};

}  // namespace

std::span<const Detector> detectors() { return kDetectors; }

void note(BuildPlan& plan, const Folder& folder, std::string_view field, std::string_view value, std::string_view file,
          int line, double weight) {
  plan.evidence.push_back({std::string(field), std::string(value), file.empty() ? "" : folder.in_source(file), line, weight});
}

}  // namespace podwright::analyze
