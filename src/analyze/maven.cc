// Maven: single and multi-module projects, and which jar of which module runs.
#include <algorithm>
#include <map>

#include "analyze/jvm.hh"
#include "base/text.hh"
#include "format/xml.hh"

namespace podwright::analyze {

namespace {

struct Module {
  std::string folder;  // "" for the root
  std::string artifact;
  std::string version;
  std::string packaging = "jar";
  std::string final_name;
  std::map<std::string, int, std::less<>> dependencies;  // "group:artifact" → line
  std::map<std::string, const Xml*, std::less<>> plugins;
  std::map<std::string, std::string, std::less<>> properties;
  JavaVersion java;
  Xml root;
  int line = 0;
};

std::string filled(const Module& module, std::string text) {
  for (int round = 0; round < 3 && text.find("${") != std::string::npos; ++round) {
    for (const auto& [key, value] : module.properties) text = replace_all(std::move(text), "${" + key + "}", value);
    text = replace_all(std::move(text), "${project.artifactId}", module.artifact);
    text = replace_all(std::move(text), "${artifactId}", module.artifact);
    text = replace_all(std::move(text), "${project.version}", module.version);
    text = replace_all(std::move(text), "${version}", module.version);
  }
  return text;
}

void read_plugins(Module& module, const Xml* build) {
  const Xml* plugins = build ? build->find("plugins") : nullptr;
  if (!plugins) return;
  for (const Xml* plugin : plugins->all("plugin")) module.plugins.emplace(plugin->text_at({"artifactId"}), plugin);
}

void read_java(Module& module, const std::string& pom) {
  const Xml* properties = module.root.find("properties");
  const auto take = [&](const Xml* node) {
    if (node && module.java.text.empty()) module.java = {filled(module, node->text), pom, node->line};
  };
  if (properties) {
    for (const std::string_view name : {"maven.compiler.release", "java.version", "maven.compiler.target", "maven.compiler.source", "release.version", "jdk.version"})
      take(properties->find(name));
  }
  if (const auto compiler = module.plugins.find("maven-compiler-plugin"); compiler != module.plugins.end()) {
    for (const std::string_view name : {"release", "target", "source"}) take(compiler->second->at({"configuration", name}));
  }
  if (module.java.text.find("${") != std::string::npos) module.java = {};
}

bool read_module(Module& module, const Folder& folder, const std::string& pom, std::vector<std::string>& warnings) {
  auto parsed = parse_xml(folder.read(pom), folder.in_source(pom));
  if (!parsed) {
    warnings.push_back(parsed.error().text());
    return false;
  }
  module.root = *std::move(parsed);
  const Xml& root = module.root;
  module.artifact = root.text_at({"artifactId"});
  module.version = root.text_at({"version"});
  if (module.version.empty()) module.version = root.text_at({"parent", "version"});
  if (const auto packaging = root.text_at({"packaging"}); !packaging.empty()) module.packaging = packaging;
  if (const Xml* properties = root.find("properties")) {
    for (const auto& one : properties->children) module.properties.emplace(one.name, one.text);
  }
  module.version = filled(module, module.version);
  module.final_name = filled(module, std::string(root.text_at({"build", "finalName"})));
  if (module.final_name.empty()) module.final_name = module.artifact + "-" + module.version;
  if (const Xml* list = root.find("dependencies")) {
    for (const Xml* one : list->all("dependency")) {
      const auto scope = one->text_at({"scope"});
      if (scope != "test") module.dependencies.emplace(fmt::format("{}:{}", one->text_at({"groupId"}), one->text_at({"artifactId"})), one->line);
    }
  }
  read_plugins(module, root.find("build"));
  if (const Xml* profiles = root.find("profiles")) {
    for (const Xml* profile : profiles->all("profile")) {
      if (profile->text_at({"activation", "activeByDefault"}) == "true") read_plugins(module, profile->find("build"));
    }
  }
  read_java(module, pom);
  return true;
}

// A path of a <module>, relative to its parent: a folder, or a pom file in one.
std::string module_folder(const std::string& parent, std::string_view named) {
  while (named.starts_with("./")) named.remove_prefix(2);
  if (named.ends_with(".xml")) named = folder_of(named);
  while (named.ends_with('/')) named.remove_suffix(1);
  return joined(parent, named);
}

class MavenDraft {
 public:
  explicit MavenDraft(const Folder& folder) : folder_(folder) {}

  std::optional<Candidate> draft() {
    if (!folder_.has("pom.xml")) return std::nullopt;
    made_ = analyze::draft(folder_, "java", RuntimeKind::jre, score::manifest, "pom.xml");
    collect("", 0);
    plan().package_manager = "maven";
    plan().caches = {{"/root/.m2"}};
    add_manifests(plan(), folder_, {"mvnw", ".mvn/wrapper/maven-wrapper.properties", ".mvn/maven.config", ".mvn/jvm.config"});
    for (const Module& module : modules_) add_manifests(plan(), folder_, {joined(module.folder, "pom.xml")});
    const Module* chosen = choose();
    if (!chosen) return made_;
    plan().language = jvm_language(folder_, chosen->folder);
    plan().evidence.front().value = plan().language;
    plan().name = chosen->artifact;
    version(*chosen);
    build(*chosen);
    start(*chosen);
    return std::move(made_);
  }

 private:
  BuildPlan& plan() { return made_.plan; }

  void collect(const std::string& at, int depth) {
    const std::string pom = joined(at, "pom.xml");
    if (depth > 5 || modules_.size() > 200 || !folder_.has(pom)) return;
    Module module{.folder = at};
    if (!read_module(module, folder_, pom, plan().warnings)) return;
    if (!modules_.empty()) {
      for (const auto& [key, value] : modules_.front().properties) module.properties.emplace(key, value);
      if (module.version.empty() || module.version.find("${") != std::string::npos) module.version = filled(module, module.version);
      module.final_name = filled(module, module.final_name);
    }
    std::vector<std::string> below;
    if (const Xml* list = module.root.find("modules")) {
      for (const Xml* one : list->all("module")) below.push_back(module_folder(at, one->text));
    }
    modules_.push_back(std::move(module));
    for (const std::string& each : below) collect(each, depth + 1);
  }

  bool inherits(const Module& module, std::string_view plugin) const {
    return module.plugins.contains(plugin) || (!module.folder.empty() && modules_.front().plugins.contains(plugin));
  }

  int rank(const Module& module) const {
    if (module.packaging == "pom") return 100;
    const std::string at = joined(module.folder, "src/main");
    const bool has_sources = folder_.has_any_below(at) || modules_.size() == 1;
    if (!has_sources) return 90;
    const bool has_main = !main_class(folder_, module.folder).empty();
    for (const std::string_view plugin : {"spring-boot-maven-plugin", "quarkus-maven-plugin", "micronaut-maven-plugin"}) {
      if (module.plugins.contains(plugin) && (has_main || plugin != "spring-boot-maven-plugin")) return 0;
    }
    if (module.packaging == "war") return 3;
    for (const std::string_view plugin : {"maven-shade-plugin", "maven-assembly-plugin"}) {
      if (module.plugins.contains(plugin)) return has_main ? 4 : 30;
    }
    if (has_main) return framework(module) ? 2 : 10;
    return framework(module) ? 20 : 40;
  }

  const Module* choose() const {
    const Module* best = nullptr;
    int best_rank = 100;
    for (const Module& module : modules_) {
      const int value = rank(module);
      if (value < best_rank) best = &module, best_rank = value;
    }
    return best;
  }

  const JvmFramework* framework(const Module& module) const {
    const JvmFramework* best = nullptr;
    const auto consider = [&](std::string_view dependency) {
      const JvmFramework* found = jvm_framework(dependency);
      if (found && (!best || found < best)) best = found;  // the table is in order of preference
    };
    for (const auto& [name, line] : module.dependencies) consider(name);
    if (module.plugins.contains("quarkus-maven-plugin")) consider("io.quarkus");
    consider(module.root.text_at({"parent", "groupId"}));
    return best;
  }

  void version(const Module& chosen) {
    JavaVersion said = chosen.java;
    if (said.text.empty() && !modules_.empty()) said = modules_.front().java;
    apply_java_version(plan(), folder_, said);
  }

  std::string tool() const { return folder_.has("mvnw") ? "./mvnw" : "mvn"; }

  void build(const Module& chosen) {
    plan().build_command = tool() + " -B -DskipTests package";
    if (!chosen.folder.empty()) plan().build_command += " -pl " + shell_word(chosen.folder) + " -am";
  }

  bool names_main(const Module& module, std::string_view plugin) const {
    const auto found = module.plugins.find(plugin);
    if (found == module.plugins.end()) return false;
    std::vector<const Xml*> open{found->second};
    while (!open.empty()) {
      const Xml* node = open.back();
      open.pop_back();
      if (node->name == "mainClass" || node->name == "Main-Class") return true;
      for (const auto& child : node->children) open.push_back(&child);
    }
    return false;
  }

  std::string target(const Module& module, std::string_view suffix) const {
    const bool known = module.final_name.find("${") == std::string::npos && !module.version.empty();
    return joined(module.folder, "target/") + (known ? module.final_name : "*") + std::string(suffix);
  }

  void start(const Module& chosen) {
    const JvmFramework* used = framework(chosen);
    std::string options;
    made_.score = rank(chosen) < 40 ? score::application : score::manifest;
    const std::string pom = joined(chosen.folder, "pom.xml");
    if (used) {
      const auto dependency = std::ranges::find_if(chosen.dependencies, [&](const auto& one) { return jvm_framework(one.first) == used; });
      set_framework(plan(), folder_, used->name, pom, dependency == chosen.dependencies.end() ? 0 : dependency->second);
    }
    serve_jvm(made_, folder_, chosen.folder, used, options);
    const bool boots = chosen.plugins.contains("spring-boot-maven-plugin") || (used && used->name == "spring-boot" && inherits(chosen, "spring-boot-maven-plugin"));
    if (used && used->name == "quarkus") return run("java" + options + " -jar ", joined(chosen.folder, "target/quarkus-app/quarkus-run.jar"), joined(chosen.folder, "target/quarkus-app"));
    if (boots) return run("java" + options + " -jar ", target(chosen, chosen.packaging == "war" ? ".war" : ".jar"), "");
    if (chosen.packaging == "war") return war(chosen, options);
    if (used && used->name == "micronaut") return run("java" + options + " -jar ", target(chosen, ".jar"), "");
    if (chosen.plugins.contains("maven-assembly-plugin") && names_main(chosen, "maven-assembly-plugin"))
      return run("java" + options + " -jar ", target(chosen, "-jar-with-dependencies.jar"), "");
    if (chosen.plugins.contains("maven-shade-plugin")) return run("java" + options + " -jar ", target(chosen, ".jar"), "");
    if (names_main(chosen, "maven-jar-plugin")) return run("java" + options + " -jar ", target(chosen, ".jar"), chosen.dependencies.empty() ? "" : joined(chosen.folder, "target"));
    if (used && used->name == "helidon") return run("java" + options + " -jar ", target(chosen, ".jar"), joined(chosen.folder, "target"));
    class_path(chosen, options);
  }

  void run(std::string command, const std::string& jar, std::string output) {
    plan().outputs = {output.empty() ? jar : std::move(output)};
    set_start(plan(), folder_, command + jar, "pom.xml", 0, 0.7);
  }

  // Without an executable jar: the classes, and the dependencies copied beside them.
  void class_path(const Module& chosen, const std::string& options) {
    const std::string main = main_class(folder_, chosen.folder);
    if (main.empty()) return run("java" + options + " -jar ", target(chosen, ".jar"), "");
    const std::string classes = joined(chosen.folder, "target/classes"), dependencies = joined(chosen.folder, "target/dependency");
    if (chosen.dependencies.empty()) {
      plan().outputs = {classes};
      return set_start(plan(), folder_, "java" + options + " -cp " + classes + " " + main, "pom.xml", 0, 0.7);
    }
    plan().build_command += " dependency:copy-dependencies -DincludeScope=runtime";
    plan().outputs = {classes, dependencies};
    set_start(plan(), folder_, "java" + options + " -cp '" + classes + ":" + dependencies + "/*' " + main, "pom.xml", 0, 0.7);
  }

  // webapp-runner and jetty-runner are servers that the project's own build copies beside the war.
  void war(const Module& chosen, const std::string& options) {
    const std::string file = target(chosen, ".war");
    if (const auto copied = chosen.plugins.find("maven-dependency-plugin"); copied != chosen.plugins.end()) {
      std::vector<const Xml*> open{copied->second};
      while (!open.empty()) {
        const Xml* node = open.back();
        open.pop_back();
        for (const auto& child : node->children) open.push_back(&child);
        if (node->name != "artifactId" || !node->text.ends_with("-runner")) continue;
        plan().outputs = {joined(chosen.folder, "target")};
        plan().honors_port = true;
        plan().port = 8080;
        return set_start(plan(), folder_, "java" + options + " -jar " + joined(chosen.folder, "target/dependency/") + node->text + ".jar --port $PORT " + file, "pom.xml", node->line, 0.7);
      }
    }
    run_in_tomcat(plan(), folder_, file);
    made_.score = score::server;
  }

  const Folder& folder_;
  Candidate made_;
  std::vector<Module> modules_;
};

}  // namespace

std::optional<Candidate> detect_maven(const Folder& folder) { return MavenDraft(folder).draft(); }

}  // namespace podwright::analyze
