// Clojure: Leiningen's uberjar, tools.deps with a build alias, or the CLI itself.
#include <algorithm>
#include <cctype>

#include "analyze/jvm.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

// The value that follows a keyword, up to the next space or bracket: ":main ^:skip-aot demo.core" → "demo.core".
std::string keyword_value(std::string_view text, std::string_view keyword) {
  for (size_t at = text.find(keyword); at != std::string_view::npos; at = text.find(keyword, at + 1)) {
    std::string_view rest = text.substr(at + keyword.size());
    if (rest.empty() || std::isspace(static_cast<unsigned char>(rest[0])) == 0) continue;
    while (true) {
      while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0]))) rest.remove_prefix(1);
      if (!rest.starts_with('^')) break;
      rest = rest.substr(std::min(rest.find_first_of(" \n"), rest.size()));
    }
    if (rest.starts_with('"')) return std::string(first_string(rest).value_or(""));
    return std::string(rest.substr(0, rest.find_first_of(" \n\r\t)}]")));
  }
  return "";
}

std::string without_semicolons(std::string_view text) {
  std::string kept;
  for (const auto line : split_lines(text)) kept += std::string(line.substr(0, line.find(';'))) + "\n";
  return kept;
}

// :port 3000, {:port (Integer/parseInt (or (System/getenv "PORT") "8080"))}
void clojure_port(Candidate& made, const Folder& folder, int fallback) {
  BuildPlan& plan = made.plan;
  for (const auto file : folder.ending({".clj", ".cljc", ".edn"}, 300)) {
    if (is_beside_the_point(file) || file.starts_with("dev/") || file.starts_with("env/dev")) continue;
    const std::string text = without_semicolons(folder.read(file));
    PortFinding found{.file = std::string(file)};
    for (size_t at = text.find(":port"); at != std::string::npos; at = text.find(":port", at + 1)) {
      const std::string_view near = std::string_view(text).substr(at + 5, 160);
      if (!near.starts_with(' ') && !near.starts_with('\n')) continue;
      if (const auto said = port_in_code(near.substr(0, near.find_first_of("}\n")), text)) {
        found.port = said->port;
        found.honors_port = said->honors_port;
        found.line = line_at(text, at);
        break;
      }
    }
    const bool reads = text.find("\"PORT\"") != std::string::npos || text.find("(env :port") != std::string::npos || text.find("env :port") != std::string::npos;
    if (!found.port && !reads) continue;
    found.honors_port = found.honors_port || reads;
    if (!found.line) found.line = line_of(text, "PORT");
    if (!found.port) found.port = fallback ? fallback : 3000;
    apply_port(plan, folder, found, 0.7);
    break;
  }
  if (!plan.port && fallback) default_port(plan, folder, fallback, false, "");
  if (plan.port) made.score = std::max(made.score, score::server);
}

int web_library(BuildPlan& plan, const Folder& folder, std::string_view manifest, std::string_view text) {
  struct Library {
    std::string_view artifact;
    std::string_view name;
    int port;
  };
  static constexpr Library kLibraries[] = {{"luminus", "luminus", 3000}, {"io.pedestal", "pedestal", 8080}, {"compojure", "compojure", 3000},
                                           {"http-kit", "http-kit", 8090}, {"metosin/reitit", "reitit", 3000}, {"ring", "ring", 3000}, {"aleph", "aleph", 8080}};
  for (const Library& one : kLibraries) {
    for (size_t at = text.find(one.artifact); at != std::string_view::npos; at = text.find(one.artifact, at + 1)) {
      const char before = at ? text[at - 1] : ' ';
      if (before != '[' && before != '/' && before != ' ' && before != '{' && before != '\n') continue;
      set_framework(plan, folder, one.name, manifest, line_at(text, at));
      return one.port;
    }
  }
  return 0;
}

std::optional<Candidate> detect_lein(const Folder& folder) {
  Candidate made = draft(folder, "clojure", RuntimeKind::jre, score::application, "project.clj");
  BuildPlan& plan = made.plan;
  const std::string text = without_semicolons(folder.read("project.clj"));
  plan.package_manager = "lein";
  plan.caches = {{"/root/.m2"}};
  add_manifests(plan, folder, {"project.clj", "profiles.clj"});
  plan.install_command = "lein deps";
  apply_java_version(plan, folder, {});
  std::string name, version;
  if (const size_t at = text.find("(defproject"); at != std::string::npos) {
    const auto words = split_words(std::string_view(text).substr(at, text.find('\n', at) - at));
    if (words.size() > 1) name = std::string(file_name(words[1]));
    if (words.size() > 2) version = replace_all(std::string(words[2]), "\"", "");
  }
  plan.name = name;
  const bool ring = text.find("lein-ring") != std::string::npos && text.find(":handler") != std::string::npos;
  const int fallback = web_library(plan, folder, "project.clj", text);
  const std::string main = keyword_value(text, ":main");
  std::string jar = keyword_value(text, ":uberjar-name");
  const std::string target = text.find(":target-path") == std::string::npos ? "target" : replace_all(keyword_value(text, ":target-path"), "%s", "uberjar");
  if (jar.empty()) jar = name.empty() || version.empty() ? "*-standalone.jar" : name + "-" + version + "-standalone.jar";
  plan.build_command = ring && main.empty() ? "lein ring uberjar" : "lein uberjar";
  if (main.empty() && !ring) {
    plan.build_command = "lein compile";
    set_start(plan, folder, "lein trampoline run", "project.clj", 0, 0.4);
  } else {
    const std::string path = (target.ends_with('/') ? target.substr(0, target.size() - 1) : target) + "/" + jar;
    plan.outputs = {path};
    set_start(plan, folder, "java -jar " + path, "project.clj", line_of(text, ":main"), 0.7);
  }
  clojure_port(made, folder, fallback);
  if (ring && main.empty()) plan.honors_port = true;
  return made;
}

// The namespace of the file that defines -main.
std::string main_namespace(const Folder& folder) {
  for (const auto file : folder.ending({".clj"}, 300)) {
    const std::string_view text = folder.read(file);
    if (is_beside_the_point(file) || text.find("(defn -main") == std::string_view::npos) continue;
    const size_t at = text.find("(ns ");
    if (at == std::string_view::npos) continue;
    const std::string_view rest = trim(text.substr(at + 4));
    return std::string(rest.substr(0, rest.find_first_of(" \n\r)")));
  }
  return "";
}

std::optional<Candidate> detect_tools_deps(const Folder& folder) {
  Candidate made = draft(folder, "clojure", RuntimeKind::jre, score::application, "deps.edn");
  BuildPlan& plan = made.plan;
  const std::string text = without_semicolons(folder.read("deps.edn"));
  plan.package_manager = "clojure";
  plan.caches = {{"/root/.m2"}, {"/root/.gitlibs"}};
  add_manifests(plan, folder, {"deps.edn"});
  plan.install_command = "clojure -P";
  apply_java_version(plan, folder, {});
  const int fallback = web_library(plan, folder, "deps.edn", text);
  const std::string build = without_semicolons(folder.read("build.clj"));
  const bool uber = text.find(":build") != std::string::npos && build.find("(defn uber") != std::string::npos;
  if (uber) {
    plan.build_command = "clojure -T:build " + std::string(build.find("(defn uberjar") != std::string::npos ? "uberjar" : "uber");
    plan.outputs = {"target"};
    const size_t at = build.find("-standalone.jar");
    set_start(plan, folder, at == std::string::npos ? "java -jar target/*.jar" : "java -jar target/*-standalone.jar", "build.clj", line_of(build, "(defn uber"), 0.7);
  } else {
    std::string command = "clojure -M";
    for (const std::string_view alias : {":run-m", ":run", ":start", ":main", ":server", ":prod"}) {
      const size_t at = find_word(text, alias);
      if (at == std::string::npos) continue;
      command = (text.find(":exec-fn", at) < text.find(":main-opts", at) ? "clojure -X" : "clojure -M") + std::string(alias);
      break;
    }
    if (command == "clojure -M") {
      const std::string main = main_namespace(folder);
      if (!main.empty()) command += " -m " + main;
    }
    set_start(plan, folder, command, "deps.edn", 0, 0.7);
  }
  clojure_port(made, folder, fallback);
  return made;
}

}  // namespace

std::optional<Candidate> detect_clojure(const Folder& folder) {
  if (folder.has("project.clj")) return detect_lein(folder);
  if (folder.has("deps.edn")) return detect_tools_deps(folder);
  return std::nullopt;
}

}  // namespace podwright::analyze
