// Dart servers and tools, compiled to a native executable; Flutter's web build as static files.
#include <algorithm>
#include <array>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/yaml.hh"

namespace podwright::analyze {

namespace {

// bin/server.dart, bin/<package>.dart, bin/main.dart, or the only one there.
std::string entry_point(const Folder& folder, const std::string& package) {
  for (const std::string& file : {std::string("bin/server.dart"), "bin/" + package + ".dart", std::string("bin/main.dart"), std::string("main.dart"), std::string("lib/main.dart")}) {
    if (folder.has(file)) return file;
  }
  for (const auto file : folder.files()) {
    if (file.starts_with("bin/") && file.ends_with(".dart")) return std::string(file);
  }
  return std::string(folder.direct_ending(".dart"));
}

}  // namespace

std::optional<Candidate> detect_dart(const Folder& folder) {
  static constexpr std::array<std::string_view, 4> kCalls = {"serve", "bind", "listen", "port:"};
  const bool package = folder.has("pubspec.yaml");
  if (!package && folder.direct_ending(".dart").empty()) return std::nullopt;
  Candidate made = draft(folder, "dart", RuntimeKind::dart, package ? score::application : score::sources, package ? "pubspec.yaml" : folder.direct_ending(".dart"));
  BuildPlan& plan = made.plan;
  plan.package_manager = "pub";
  plan.version = "3";
  std::string name;
  if (package) {
    add_manifests(plan, folder, {"pubspec.yaml", "pubspec.lock"});
    plan.caches = {{"/root/.pub-cache"}};
    plan.install_command = "dart pub get";
    const auto root = parse_yaml(folder.read("pubspec.yaml"), folder.in_source("pubspec.yaml"));
    if (!root) {
      plan.warnings.push_back(root.error().text());
    } else {
      name = root->text("name");
      plan.name = name;
      const Yaml* environment = root->find("environment");
      if (const Yaml* sdk = environment ? environment->find("sdk") : nullptr) {
        apply_version(plan, VersionFinding{sdk->scalar, folder.in_source("pubspec.yaml"), sdk->line}, "3");
      }
      const Yaml* dependencies = root->find("dependencies");
      const auto depends = [&](std::string_view on) { return dependencies ? dependencies->find(on) : nullptr; };
      if (const Yaml* flutter = depends("flutter")) {
        set_framework(plan, folder, "flutter", "pubspec.yaml", flutter->key_line);
        plan.runtime = RuntimeKind::static_files;
        plan.install_command = "flutter pub get";
        plan.build_command = "flutter build web --release";
        plan.publish_dir = "build/web";
        plan.single_page = true;
        default_port(plan, folder, 80, false, "pubspec.yaml");
        made.score = folder.has("web/index.html") ? score::server : score::manifest;
        return made;
      }
      if (const Yaml* frog = depends("dart_frog")) {
        set_framework(plan, folder, "dart_frog", "pubspec.yaml", frog->key_line);
        plan.build_command = "dart pub global activate dart_frog_cli && dart pub global run dart_frog_cli:dart_frog build && dart compile exe build/bin/server.dart -o server";
        plan.outputs = {"server", "build/public"};
        set_start(plan, folder, "./server", "pubspec.yaml", frog->key_line, 0.7);
        default_port(plan, folder, 8080, true, "pubspec.yaml");
        made.score = score::server;
        return made;
      }
      for (const std::string_view web : {"shelf", "serverpod", "alfred", "angel3_framework", "conduit", "functions_framework"}) {
        if (const Yaml* found = depends(web); found && plan.framework.empty()) set_framework(plan, folder, web, "pubspec.yaml", found->key_line);
      }
    }
  }
  const std::string entry = entry_point(folder, name);
  if (entry.empty()) {
    made.score = score::manifest;
    return made;
  }
  const std::string output = entry.starts_with("bin/") ? "bin/" + std::string(stem(entry)) : std::string(stem(entry));
  plan.build_command = "dart compile exe " + shell_word(entry) + " -o " + shell_word(output);
  plan.outputs = {output};
  set_start(plan, folder, "./" + shell_word(output), entry, 0, 0.7);
  std::vector<std::string_view> sources{entry};
  const auto all = folder.ending({".dart"}, 200);
  sources.insert(sources.end(), all.begin(), all.end());
  find_and_apply_port(plan, folder, sources, kCalls, plan.framework.empty() ? 0 : 8080);
  if (plan.port && package) made.score = score::server;
  return made;
}

}  // namespace podwright::analyze
