// Scala with sbt: native-packager and Play stage a start script, sbt-assembly makes one jar.
#include <algorithm>
#include <cctype>

#include "analyze/jvm.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

// name := "My App"; ThisBuild / version := "1.0"
std::string sbt_setting(std::string_view text, std::string_view name) {
  for (size_t at = find_word(text, name); at != std::string_view::npos; at = find_word(text, name, at + 1)) {
    const std::string_view rest = trim(text.substr(at + name.size(), text.find('\n', at) - at - name.size()));
    if (!rest.starts_with(":=")) continue;
    if (const auto value = first_string(rest)) return std::string(*value);
  }
  return "";
}

// As sbt makes a module's name: lower case, anything odd becomes a dash.
std::string normal_name(std::string_view name) {
  std::string normal;
  for (const char c : to_lower(name)) normal += std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ? c : '-';
  return normal;
}

const JvmFramework* framework_in(std::string_view text, int& line) {
  // "org.http4s" %% "http4s-ember-server" % version
  for (size_t at = text.find('"'); at != std::string_view::npos; at = text.find('"', at + 1)) {
    const size_t end = text.find('"', at + 1);
    if (end == std::string_view::npos) break;
    const std::string group(text.substr(at + 1, end - at - 1));
    const std::string_view rest = trim(text.substr(end + 1, 80));
    if (rest.starts_with('%')) {
      const auto artifact = first_string(rest);
      if (const JvmFramework* found = jvm_framework(group + ":" + std::string(artifact.value_or("")))) {
        line = line_at(text, at);
        return found;
      }
    }
    at = end;
  }
  return nullptr;
}

// The sub-project that is packaged: lazy val server = (project in file("server")).enablePlugins(JavaAppPackaging).
struct Packaged {
  std::string folder;
  std::string id;
  std::string_view text;
};

Packaged packaged_project(std::string_view text) {
  Packaged whole{.folder = "", .id = "", .text = text};
  for (size_t at = find_word(text, "lazy val"); at != std::string_view::npos; at = find_word(text, "lazy val", at + 1)) {
    const size_t next = find_word(text, "lazy val", at + 1);
    const std::string_view definition = text.substr(at, next == std::string_view::npos ? next : next - at);
    const bool packages = has_word(definition, "JavaAppPackaging") || has_word(definition, "PlayScala") || has_word(definition, "PlayJava") ||
                          has_word(definition, "JavaServerAppPackaging");
    if (!packages) continue;
    const size_t file = definition.find("file(");
    const auto folder = file == std::string_view::npos ? std::nullopt : first_string(definition.substr(file));
    const std::string_view id = trim(definition.substr(9, definition.find_first_of("=:", 9) - 9));
    if (!folder || *folder == ".") return {.folder = "", .id = std::string(id), .text = text};
    return {.folder = std::string(*folder), .id = std::string(id), .text = definition};
  }
  return whole;
}

}  // namespace

std::optional<Candidate> detect_sbt(const Folder& folder) {
  const bool mill = folder.has("build.sc") || folder.has("build.mill");
  const std::string_view other = folder.direct_ending(".sbt");
  if (other.empty() && !folder.has("project/build.properties") && !mill) return std::nullopt;
  const std::string_view named = folder.first_of({"build.sbt", "build.sc", "build.mill"});
  const std::string_view manifest = !named.empty() ? named : !other.empty() ? other : "project/build.properties";
  Candidate made = draft(folder, "scala", RuntimeKind::jre, score::application, manifest);
  BuildPlan& plan = made.plan;
  plan.package_manager = mill ? "mill" : "sbt";
  plan.version = "21";
  plan.caches = {{"/root/.ivy2"}, {"/root/.sbt"}, {"/root/.cache/coursier"}};
  add_manifests(plan, folder, {"build.sbt", "project/build.properties", "project/plugins.sbt", "project/Dependencies.scala", "build.sc"});
  apply_java_version(plan, folder, {});
  const std::string text = without_comments(folder.read(manifest), false);
  const std::string plugins = without_comments(folder.read("project/plugins.sbt"), false) + without_comments(folder.read("project/assembly.sbt"), false);
  int line = 0;
  std::string_view framework_file = manifest;
  const bool play = text.find("PlayScala") != std::string::npos || text.find("PlayJava") != std::string::npos || text.find("PlayService") != std::string::npos;
  const JvmFramework* framework = play ? jvm_framework("com.typesafe.play") : framework_in(text, line);
  if (!framework && folder.has("project/Dependencies.scala")) {
    framework_file = "project/Dependencies.scala";
    framework = framework_in(folder.read(framework_file), line);
  }
  if (framework) set_framework(plan, folder, framework->name, framework_file, play ? line_of(text, "Play") : line);
  if (jvm_language(folder, "") == "java" && folder.count({".java"}) > 0 && folder.count({".scala"}) <= 2 && play) plan.language = "java";

  const Packaged project = packaged_project(text);
  std::string options;
  serve_jvm(made, folder, project.folder, framework, options);
  std::string name = sbt_setting(project.text, "name");
  if (name.empty()) name = project.id.empty() ? sbt_setting(text, "name") : project.id;
  if (name.empty()) name = folder.name();
  plan.name = normal_name(name);
  const std::string scope = project.folder.empty() ? "" : project.id + "/";
  const bool packager = plugins.find("sbt-native-packager") != std::string::npos || text.find("JavaAppPackaging") != std::string::npos || play;
  if (mill) {
    plan.build_command = "mill __.assembly";
    plan.outputs = {"out"};
    set_start(plan, folder, "java" + options + " -jar out/assembly.dest/out.jar", manifest, 0, 0.4);
  } else if (packager) {
    plan.build_command = "sbt " + scope + "stage";
    const std::string stage = joined(project.folder, "target/universal/stage");
    plan.outputs = {stage};
    // Play keeps its process id in a file, which a read-only image refuses.
    if (play) options += " -Dpidfile.path=/dev/null";
    std::string script = sbt_setting(text, "executableScriptName");
    if (script.empty()) script = plan.name.empty() ? "*" : plan.name;
    set_start(plan, folder, stage + "/bin/" + script + options, manifest, line_of(text, "name"), 0.7);
  } else if (plugins.find("sbt-assembly") != std::string::npos) {
    plan.build_command = "sbt " + scope + "assembly";
    const std::string jar = sbt_setting(text, "assemblyJarName");
    const std::string pattern = joined(project.folder, "target/scala-*/" + (jar.empty() ? "*-assembly-*.jar" : jar));
    plan.outputs = {pattern};
    set_start(plan, folder, "java" + options + " -jar " + pattern, manifest, 0, 0.7);
  } else {
    plan.build_command = "sbt " + scope + "compile";
    set_start(plan, folder, "sbt " + scope + "run", manifest, 0, 0.4);
    plan.warnings.push_back("neither sbt-native-packager nor sbt-assembly is used, so the image keeps sbt to run the application");
  }
  return made;
}

}  // namespace podwright::analyze
