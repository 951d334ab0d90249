// Gradle, Groovy or Kotlin scripts, with or without wrapper, single- and multi-project. The scripts are programs; what
// is read of them is what nearly all of them write plainly: plugins, dependencies, names and versions.
#include <algorithm>
#include <array>
#include <set>

#include "analyze/jvm.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Project {
  std::string folder;  // "" for the root
  std::string name;    // "" when only the checkout's folder would name it
  std::string script;  // relative path of its build file
  std::string text;    // of it, without comments
};

// All string literals of a text with their offsets, at most 2000.
std::vector<std::pair<std::string, size_t>> strings_in(std::string_view text) {
  std::vector<std::pair<std::string, size_t>> found;
  for (size_t at = 0; at < text.size() && found.size() < 2000; ++at) {
    if (text[at] != '"' && text[at] != '\'') continue;
    const size_t end = text.find(text[at], at + 1);
    if (end == std::string_view::npos) break;
    found.emplace_back(text.substr(at + 1, end - at - 1), at);
    at = end;
  }
  return found;
}

// The string assigned to a name: `version = '1.0'`, `version '1.0'`, `mainClass.set("x")`, `mainClass = "x"`.
std::string setting(std::string_view text, std::string_view name) {
  for (size_t at = find_word(text, name); at != std::string_view::npos; at = find_word(text, name, at + 1)) {
    const size_t start = text.rfind('\n', at) + 1;
    const bool first = trim(text.substr(start, at - start)).empty() || trim(text.substr(start, at - start)).ends_with('{');
    if (name == "version" && !first) continue;  // of a plugin or a dependency
    const std::string_view line = text.substr(at + name.size(), text.find('\n', at) - at - name.size());
    const std::string_view rest = trim(line);
    if (rest.empty() || (rest[0] != '=' && rest[0] != '"' && rest[0] != '\'' && rest[0] != '.' && rest[0] != '(')) continue;
    if (const auto value = first_string(rest); value && value->find('$') == std::string_view::npos) return std::string(*value);
  }
  return "";
}

bool has_plugin(const Project& project, std::string_view id) {
  const std::string kotlin = "kotlin(\"" + std::string(id) + "\")";
  for (const auto& [value, at] : strings_in(project.text)) {
    if (value != id) continue;
    const size_t line = project.text.rfind('\n', at);
    const std::string_view before = std::string_view(project.text).substr(line == std::string::npos ? 0 : line + 1, at - (line == std::string::npos ? 0 : line + 1));
    const std::string_view behind = std::string_view(project.text).substr(at, project.text.find('\n', at) - at);
    if (behind.find("apply false") != std::string_view::npos || behind.find(".apply(false)") != std::string_view::npos) continue;
    if (has_word(before, "id") || has_word(before, "apply") || has_word(before, "plugin") || has_word(before, "alias")) return true;
  }
  // plugins { application; `war` }
  const size_t block = find_word(project.text, "plugins");
  if (block == std::string::npos) return false;
  const size_t open = project.text.find('{', block);
  if (open == std::string::npos || open > block + 3) return false;
  const std::string_view inside = bracketed(project.text, open);
  for (const auto line : split_lines(inside)) {
    std::string_view word = trim(line);
    if (word.starts_with('`')) word = word.substr(1, word.find('`', 1) - 1);
    if (word == id) return true;
  }
  return false;
}

class GradleDraft {
 public:
  explicit GradleDraft(const Folder& folder) : folder_(folder) {}

  std::optional<Candidate> draft() {
    const std::string_view settings = folder_.first_of({"settings.gradle.kts", "settings.gradle"});
    const std::string_view script = folder_.first_of({"build.gradle.kts", "build.gradle"});
    const std::string_view manifest = script.empty() ? settings : script;
    if (manifest.empty() && !folder_.has("gradlew")) return std::nullopt;
    made_ = analyze::draft(folder_, "java", RuntimeKind::jre, score::manifest, manifest.empty() ? "gradlew" : manifest);
    settings_ = without_comments(folder_.read(settings), false);
    collect(settings, script);
    common();
    const Project* chosen = choose();
    if (!chosen) return made_;
    plan().language = jvm_language(folder_, chosen->folder);
    plan().evidence.front().value = plan().language;
    plan().name = chosen->name;
    version(*chosen);
    start(*chosen);
    return std::move(made_);
  }

 private:
  BuildPlan& plan() { return made_.plan; }

  void add(std::string at, std::string name) {
    for (const std::string_view file : {"build.gradle.kts", "build.gradle"}) {
      const std::string script = joined(at, file);
      if (!folder_.has(script)) continue;
      projects_.push_back({at, std::move(name), script, without_comments(folder_.read(script), false)});
      return;
    }
  }

  // include("app", ":libs:core") and a folder under its own script.
  void collect(std::string_view settings, std::string_view script) {
    std::string name = setting(settings_, "rootProject.name");
    if (!script.empty()) add("", name);
    std::set<std::string> seen;
    for (size_t at = find_word(settings_, "include"); at != std::string::npos && !settings.empty(); at = find_word(settings_, "include", at + 1)) {
      size_t end = at;
      while (true) {  // goes on over lines as long as they end in a comma or the bracket is open
        end = std::min(settings_.find('\n', end + 1), settings_.size());
        const std::string_view so_far = trim(std::string_view(settings_).substr(at, end - at));
        const bool open = std::ranges::count(so_far, '(') > std::ranges::count(so_far, ')');
        if (end >= settings_.size() || (!so_far.ends_with(',') && !open)) break;
      }
      for (const auto& [value, offset] : strings_in(std::string_view(settings_).substr(at, end - at))) {
        std::string path = replace_all(value, ":", "/");
        while (path.starts_with('/')) path.erase(0, 1);
        if (!path.empty() && seen.insert(path).second && projects_.size() < 200) add(path, std::string(file_name(path)));
      }
    }
    if (projects_.empty() || (settings.empty() && !has_sources(""))) {
      for (const std::string_view file : {"app/build.gradle", "app/build.gradle.kts"}) {
        if (folder_.has(file)) add("app", "app");
      }
    }
  }

  bool has_sources(const std::string& at) const { return folder_.has_any_below(joined(at, "src/main")) || folder_.has_any_below(joined(at, "src")); }

  void common() {
    plan().package_manager = "gradle";
    plan().caches = {{"/root/.gradle"}};
    add_manifests(plan(), folder_, {"settings.gradle", "settings.gradle.kts", "gradle.properties", "gradlew", "gradle/wrapper/gradle-wrapper.jar",
                                    "gradle/wrapper/gradle-wrapper.properties", "gradle/libs.versions.toml"});
    for (const Project& project : projects_) add_manifests(plan(), folder_, {project.script});
  }

  const JvmFramework* framework(const Project& project, int& line) const {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPlugins = {
        {{"io.quarkus", "io.quarkus"},
         {"io.micronaut.application", "io.micronaut"},
         {"org.springframework.boot", "org.springframework.boot"},
         {"io.ktor.plugin", "io.ktor"}}};
    for (const auto& [plugin, group] : kPlugins) {
      if (!has_plugin(project, plugin)) continue;
      line = line_of(project.text, plugin);
      return jvm_framework(group);
    }
    const JvmFramework* best = nullptr;
    for (const auto& [value, at] : strings_in(project.text)) {
      const JvmFramework* found = value.find(':') == std::string::npos ? nullptr : jvm_framework(value);
      if (found && (!best || found < best)) best = found, line = line_at(project.text, at);
    }
    if (!best && project.text.find("libs.ktor") != std::string::npos) best = jvm_framework("io.ktor");
    if (!best && (project.text.find("libs.plugins.spring.boot") != std::string::npos || project.text.find("libs.plugins.springBoot") != std::string::npos))
      best = jvm_framework("org.springframework.boot");
    return best;
  }

  bool is_application(const Project& project) const {
    return has_plugin(project, "application") || has_plugin(project, "io.micronaut.application") || has_plugin(project, "io.ktor.plugin");
  }

  int rank(const Project& project) const {
    int line = 0;
    const JvmFramework* used = framework(project, line);
    const bool has_main = !main_class(folder_, project.folder).empty();
    int value = project.folder.empty() && projects_.size() > 1 && !has_main ? 50 : 0;
    if (!has_main && !has_sources(project.folder)) value += 40;
    if (!used) value += 8;
    if (!is_application(project) && !has_plugin(project, "org.springframework.boot") && !has_plugin(project, "war")) value += 4;
    if (!has_main) value += 6;
    return value;
  }

  const Project* choose() const {
    const Project* best = nullptr;
    int best_rank = 1000;
    for (const Project& project : projects_) {
      const int value = rank(project);
      if (value < best_rank) best = &project, best_rank = value;
    }
    return best;
  }

  void version(const Project& chosen) {
    JavaVersion said;
    for (const Project* project : {&chosen, projects_.empty() ? &chosen : &projects_.front()}) {
      for (const std::string_view name : {"jvmToolchain", "languageVersion", "sourceCompatibility", "targetCompatibility", "release", "jvmTarget"}) {
        const size_t at = find_word(project->text, name);
        if (at == std::string::npos || !said.text.empty()) continue;
        const std::string_view line = std::string_view(project->text).substr(at + name.size(), project->text.find('\n', at) - at - name.size());
        std::string number = replace_all(replace_all(std::string(line), "VERSION_1_8", "8"), "VERSION_", "");
        number = version_number(number);
        if (!number.empty()) said = {number, project->script, line_at(project->text, at)};
      }
    }
    apply_java_version(plan(), folder_, said);
  }

  std::string tool() const { return folder_.has("gradlew") ? "./gradlew" : "gradle"; }

  std::string task(const Project& project, std::string_view name) const {
    const std::string path = project.folder.empty() ? "" : ":" + replace_all(project.folder, "/", ":") + ":";
    return tool() + " " + path + std::string(name) + " --no-daemon";
  }

  // The file name of a jar, or a pattern when the scripts leave it to the checkout's folder or to properties.
  std::string jar(const Project& project, std::string_view suffix) const {
    std::string base = setting(project.text, "archiveBaseName"), version = setting(project.text, "version");
    const std::string file = setting(project.text, "archiveFileName");
    const std::string folder = joined(project.folder, "build/libs/");
    if (!file.empty()) return folder + file;
    if (base.empty()) base = setting(project.text, "baseName");
    if (base.empty()) base = project.name;
    if (version.empty() && project.folder.empty()) version = property("version");
    const bool inherits = !project.folder.empty() && version.empty();
    const bool computed = has_word(project.text, "version") && version.empty() && project.text.find("\nversion") != std::string::npos;
    if (base.empty() || inherits || computed) return folder + "*" + std::string(suffix);
    return folder + base + (version.empty() ? "" : "-" + version) + std::string(suffix);
  }

  std::string property(std::string_view name) const {
    for (const auto line : split_lines(folder_.read("gradle.properties"))) {
      const size_t equals = line.find('=');
      if (equals != std::string_view::npos && trim(line.substr(0, equals)) == name) return std::string(trim(line.substr(equals + 1)));
    }
    return "";
  }

  std::string declared_main(const Project& project) const {
    for (const std::string_view name : {"mainClass", "mainClassName", "Main-Class"}) {
      const size_t at = project.text.find(name);
      if (at == std::string::npos) continue;
      if (std::string value = setting(project.text, name); !value.empty()) return value;
      const std::string_view rest = std::string_view(project.text).substr(at + name.size(), project.text.find('\n', at) - at - name.size());
      const size_t separator = rest.find_first_of(":=,");
      if (separator == std::string_view::npos) continue;
      if (const auto value = first_string(rest.substr(separator))) return std::string(*value);
    }
    return "";
  }

  void start(const Project& chosen) {
    int line = 0;
    const JvmFramework* used = framework(chosen, line);
    if (used) set_framework(plan(), folder_, used->name, chosen.script, line);
    std::string options;
    const std::string main = main_class(folder_, chosen.folder);
    made_.score = used || is_application(chosen) || !main.empty() ? score::application : score::manifest;
    serve_jvm(made_, folder_, chosen.folder, used, options);
    const bool boots = has_plugin(chosen, "org.springframework.boot") || (used && used->name == "spring-boot");
    if (used && used->name == "quarkus") {
      plan().build_command = task(chosen, "quarkusBuild");
      return run("java" + options + " -jar ", joined(chosen.folder, "build/quarkus-app/quarkus-run.jar"), joined(chosen.folder, "build/quarkus-app"), chosen);
    }
    if (boots) {
      const bool war = has_plugin(chosen, "war");
      plan().build_command = task(chosen, war ? "bootWar" : "bootJar");
      return run("java" + options + " -jar ", jar(chosen, war ? ".war" : ".jar"), "", chosen);
    }
    if (has_plugin(chosen, "war")) {
      plan().build_command = task(chosen, "war");
      run_in_tomcat(plan(), folder_, jar(chosen, ".war"));
      made_.score = score::server;
      return;
    }
    const bool shadow = has_plugin(chosen, "com.github.johnrengelman.shadow") || has_plugin(chosen, "com.gradleup.shadow") || has_plugin(chosen, "io.ktor.plugin");
    if (shadow) {
      const bool ktor = has_plugin(chosen, "io.ktor.plugin");
      plan().build_command = task(chosen, ktor ? "buildFatJar" : "shadowJar");
      if (ktor && !chosen.name.empty() && setting(chosen.text, "archiveFileName").empty())
        return run("java" + options + " -jar ", joined(chosen.folder, "build/libs/" + chosen.name + "-all.jar"), "", chosen);
      return run("java" + options + " -jar ", jar(chosen, "-all.jar"), "", chosen);
    }
    if (is_application(chosen)) return install(chosen, options, main);
    plain(chosen, options, main);
  }

  void run(std::string command, const std::string& file, const std::string& output, const Project& project) {
    plan().outputs = {output.empty() ? file : output};
    set_start(plan(), folder_, command + file, project.script, 0, 0.7);
  }

  // The application plugin's own start script, or its libraries when the project's name is not known.
  void install(const Project& chosen, const std::string& options, const std::string& found_main) {
    const std::string main = declared_main(chosen).empty() ? found_main : declared_main(chosen);
    plan().build_command = task(chosen, "installDist");
    std::string name = setting(chosen.text, "applicationName");
    if (name.empty()) name = chosen.name;
    const std::string folder = joined(chosen.folder, "build/install/");
    if (!name.empty()) {
      plan().outputs = {folder + name};
      if (!options.empty()) plan().env.emplace("JAVA_OPTS", "");
      const std::string variable = options.empty() ? "" : "JAVA_OPTS=\"" + std::string(trim(options)) + "\" ";
      return set_start(plan(), folder_, variable + folder + name + "/bin/" + name, chosen.script, line_of(chosen.text, "application"), 0.7);
    }
    const std::string run_folder = joined(chosen.folder, "build/run");
    plan().build_command += " && rm -rf " + run_folder + " && mv " + folder + "* " + run_folder;
    plan().outputs = {run_folder};
    set_start(plan(), folder_, "java" + options + " -cp '" + run_folder + "/lib/*' " + main, chosen.script, line_of(chosen.text, "application"), 0.7);
  }

  void plain(const Project& chosen, const std::string& options, const std::string& main) {
    plan().build_command = task(chosen, "build -x test");
    if (chosen.text.find("Main-Class") != std::string::npos || main.empty()) return run("java" + options + " -jar ", jar(chosen, ".jar"), "", chosen);
    const std::string language = plan().language == "kotlin" ? "kotlin" : plan().language == "scala" ? "scala" : "java";
    const std::string classes = joined(chosen.folder, "build/classes/" + language + "/main");
    plan().outputs = {joined(chosen.folder, "build")};
    set_start(plan(), folder_, "java" + options + " -cp " + classes + ":" + joined(chosen.folder, "build/resources/main") + " " + main, chosen.script, 0, 0.4);
  }

  const Folder& folder_;
  Candidate made_;
  std::string settings_;
  std::vector<Project> projects_;
};

}  // namespace

std::optional<Candidate> detect_gradle(const Folder& folder) { return GradleDraft(folder).draft(); }

}  // namespace podwright::analyze
