// The JVM languages: the build tool at hand decides; single source files run as they are.
#include "analyze/jvm.hh"

#include <algorithm>
#include <array>

#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/yaml.hh"

namespace podwright::analyze {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kLanguages = {
    {{".java", "java"}, {".kt", "kotlin"}, {".scala", "scala"}, {".clj", "clojure"}}};

constexpr std::array<std::string_view, 15> kCalls = {"port", "embeddedServer", "InetSocketAddress", "ServerSocket", "start", "listen",
                                                     "setPort", "addHttpListener", "withPort", "Server", "newServerAt", "bind",
                                                     "fromPort", "port =", "localPort"};

struct Known {
  std::string_view group;  // a prefix of "group:artifact"
  JvmFramework framework;
};

constexpr std::array kFrameworks = {
    Known{"io.quarkus", {"quarkus", 8080, "quarkus.http.port"}},
    Known{"io.micronaut", {"micronaut", 8080, "micronaut.server.port"}},
    Known{"org.springframework.boot", {"spring-boot", 8080, "server.port"}},
    Known{"com.typesafe.play", {"play", 9000, "http.port"}},
    Known{"org.playframework", {"play", 9000, "http.port"}},
    Known{"io.helidon", {"helidon", 8080, "server.port"}},
    Known{"io.ktor", {"ktor", 8080, ""}},
    Known{"io.javalin", {"javalin", 8080, ""}},
    Known{"com.sparkjava", {"spark", 4567, ""}},
    Known{"io.vertx", {"vertx", 8080, ""}},
    Known{"io.dropwizard", {"dropwizard", 8080, ""}},
    Known{"org.http4k", {"http4k", 8080, ""}},
    Known{"io.ratpack", {"ratpack", 5050, "ratpack.port"}},
    Known{"org.http4s", {"http4s", 8080, ""}},
    Known{"com.typesafe.akka:akka-http", {"akka-http", 8080, ""}},
    Known{"org.apache.pekko:pekko-http", {"pekko-http", 8080, ""}},
    Known{"dev.zio:zio-http", {"zio-http", 8080, ""}},
    Known{"com.twitter:finagle", {"finagle", 8888, ""}},
    Known{"com.twitter:finatra", {"finatra", 8888, ""}},
    Known{"com.lihaoyi:cask", {"cask", 8080, ""}},
    Known{"com.google.cloud.functions", {"functions-framework", 8080, ""}},
    Known{"io.undertow", {"undertow", 8080, ""}},
    Known{"org.eclipse.jetty", {"jetty", 8080, ""}},
    Known{"com.vaadin", {"vaadin", 8080, "server.port"}}};

// Shallow ones first. A large build asks this for each of its modules, so only the module's own files are walked.
std::vector<std::string_view> main_sources(const Folder& folder, std::string_view at) {
  constexpr size_t kMost = 1500;
  const std::string prefix = at.empty() ? "" : std::string(at) + "/";
  const auto& all = folder.files();
  std::vector<std::string_view> files;
  for (auto file = std::ranges::lower_bound(all, std::string_view(prefix)); file != all.end() && file->starts_with(prefix); ++file) {
    const bool source = std::ranges::any_of(kLanguages, [&](const auto& language) { return file->ends_with(language.first); });
    if (source && file->find("src/test/") == std::string_view::npos && !is_beside_the_point(*file)) files.push_back(*file);
    if (files.size() == kMost) break;
  }
  std::ranges::sort(files, {}, [](std::string_view file) { return std::pair(std::ranges::count(file, '/'), file); });
  return files;
}

// "${PORT:8080}" → 8080 and true; "8081" → 8081.
bool read_port(std::string_view value, PortFinding& found) {
  found.honors_port = value.find("PORT") != std::string_view::npos && value.find("${") != std::string_view::npos;
  if (found.honors_port) {
    const size_t colon = value.find(':');
    value = colon == std::string_view::npos ? "" : value.substr(colon + 1, value.find('}') - colon - 1);
  }
  const auto number = parse_integer(trim(value));
  if (number && *number > 0 && *number <= 65535) found.port = static_cast<int>(*number);
  return found.port || found.honors_port;
}

std::optional<PortFinding> port_in_properties(const Folder& folder, std::string_view file, std::string_view property) {
  int number = 0;
  for (const auto line : split_lines(folder.read(file))) {
    ++number;
    const size_t equals = line.find_first_of("=:");
    if (equals == std::string_view::npos || trim(line.substr(0, equals)) != property) continue;
    PortFinding found{.file = std::string(file), .line = number};
    if (read_port(line.substr(equals + 1), found)) return found;
  }
  return std::nullopt;
}

std::optional<PortFinding> port_in_yaml(const Folder& folder, std::string_view file, std::string_view property) {
  std::string_view text = folder.read(file);
  if (const size_t second = text.find("\n---"); second != std::string_view::npos && second > 0) text = text.substr(0, second + 1);
  const auto root = parse_yaml(text, file);
  if (!root) return std::nullopt;
  const Yaml* node = &*root;
  for (const auto part : split(property, '.')) {
    node = node->find(part);
    if (!node) return std::nullopt;
  }
  PortFinding found{.file = std::string(file), .line = node->line};
  return read_port(node->scalar, found) ? std::optional(found) : std::nullopt;
}

// Typesafe configuration: port = 8080, then port = ${?PORT} over it.
std::optional<PortFinding> port_in_conf(const Folder& folder, std::string_view file) {
  PortFinding found{.file = std::string(file)};
  int number = 0;
  for (const auto line : split_lines(folder.read(file))) {
    ++number;
    const size_t equals = line.find_first_of("=:");
    if (equals == std::string_view::npos || !trim(line.substr(0, equals)).ends_with("port")) continue;
    const std::string_view value = trim(line.substr(equals + 1));
    if (value.find("${?PORT}") != std::string_view::npos || value.find("${PORT}") != std::string_view::npos) found.honors_port = true;
    const auto port = parse_integer(value);
    if (port && *port > 0 && *port <= 65535 && !found.port) found.port = static_cast<int>(*port), found.line = number;
  }
  return found.port || found.honors_port ? std::optional(found) : std::nullopt;
}

std::optional<PortFinding> configured_port(const Folder& folder, std::string_view at, std::string_view property) {
  const std::string resources = joined(at, "src/main/resources/");
  for (const std::string_view name : {"application.properties", "application-prod.properties", "config/application.properties"}) {
    if (property.empty()) break;
    if (auto found = port_in_properties(folder, resources + std::string(name), property)) return found;
  }
  for (const std::string_view name : {"application.yml", "application.yaml"}) {
    if (auto found = port_in_yaml(folder, resources + std::string(name), property.empty() ? "ktor.deployment.port" : property)) return found;
  }
  for (const std::string& name : {resources + "application.conf", joined(at, "conf/application.conf"), joined(at, "resources/application.conf")}) {
    if (auto found = port_in_conf(folder, name)) return found;
  }
  return std::nullopt;
}

// An application that is built already: a jar, or one that was unpacked, with its manifest.
std::optional<Candidate> detect_built(const Folder& folder) {
  const bool unpacked = folder.has("META-INF/MANIFEST.MF");
  std::string_view jar = folder.direct_ending(".jar");
  if (jar == "mvnw.jar" || jar == "gradle-wrapper.jar") jar = {};
  if (!unpacked && jar.empty()) return std::nullopt;
  Candidate made = draft(folder, "java", RuntimeKind::jre, unpacked ? score::application : score::sources, unpacked ? "META-INF/MANIFEST.MF" : jar);
  BuildPlan& plan = made.plan;
  apply_java_version(plan, folder, {});
  std::string options;
  std::string main;
  int line = 0, number = 0;
  for (const auto each : split_lines(folder.read("META-INF/MANIFEST.MF"))) {
    ++number;
    if (each.starts_with("Main-Class:")) main = trim(each.substr(11)), line = number;
  }
  const bool boots = main.find("springframework.boot") != std::string::npos;
  if (boots) set_framework(plan, folder, "spring-boot", "META-INF/MANIFEST.MF", line);
  serve_jvm(made, folder, "", boots ? jvm_framework("org.springframework.boot") : nullptr, options);
  if (!unpacked) set_start(plan, folder, "java -jar " + shell_word(jar), jar, 0, 0.7);
  else if (!main.empty()) set_start(plan, folder, "java" + options + " -cp . " + main, "META-INF/MANIFEST.MF", line, 0.7);
  else if (folder.has_any_below("WEB-INF")) plan.warnings.push_back("an unpacked .war needs a servlet container: add a Dockerfile or build a .war with Maven or Gradle");
  made.score = unpacked ? score::application : score::sources;
  return made;
}

// Maven's project model in another notation than XML.
std::optional<Candidate> detect_polyglot_maven(const Folder& folder) {
  const std::string_view pom = folder.first_of({"pom.yml", "pom.yaml", "pom.groovy", "pom.kts", "pom.scala", "pom.rb", "pom.clj", "pom.atom", "pom.json"});
  if (pom.empty()) return std::nullopt;
  Candidate made = draft(folder, jvm_language(folder, ""), RuntimeKind::jre, score::application, pom);
  made.plan.package_manager = "maven";
  made.plan.caches = {{"/root/.m2"}};
  made.plan.build_command = std::string(folder.has("mvnw") ? "./mvnw" : "mvn") + " -B -DskipTests package";
  made.plan.outputs = {"target"};
  apply_java_version(made.plan, folder, {});
  set_start(made.plan, folder, "java -jar target/*.jar", pom, 0, 0.4);
  std::string options;
  serve_jvm(made, folder, "", folder.read(pom).find("spring-boot") == std::string_view::npos ? nullptr : jvm_framework("org.springframework.boot"), options);
  return made;
}

// App.java, Main.kt or main.clj beside nothing else.
std::optional<Candidate> detect_single_source(const Folder& folder) {
  for (const auto& [suffix, language] : kLanguages) {
    std::string_view file = folder.direct_ending(suffix);
    const std::string owner = main_class(folder, "");
    const bool built_below = file.empty() && !folder.ending({"/pom.xml", "/build.gradle", "/build.gradle.kts", "/build.sbt", "/project.clj", "/deps.edn"}, 1).empty();
    if (built_below) continue;
    if (file.empty() && (language == "clojure" || folder.count({suffix}) == 0 || owner.empty() || folder.files().size() > 60)) continue;
    if (file.empty()) file = folder.ending({suffix}, 1).front();
    Candidate made = draft(folder, language, RuntimeKind::jre, score::sources, file);
    BuildPlan& plan = made.plan;
    plan.version = "21";
    apply_java_version(plan, folder, {});
    const std::string name = owner.empty() ? std::string(stem(file)) : owner;
    if (language == "java") {
      const bool flat = folder_of(file).empty();
      plan.build_command = flat ? "javac -d out *.java" : "find . -name '*.java' -print0 | xargs -0 javac -d out";
      plan.outputs = {"out"};
      set_start(plan, folder, "java -cp out " + name, file, 1, 0.7);
    } else if (language == "kotlin") {
      plan.build_command = "kotlinc *.kt -include-runtime -d app.jar";
      plan.outputs = {"app.jar"};
      set_start(plan, folder, "java -jar app.jar", file, 1, 0.7);
    } else if (language == "scala") {
      plan.build_command = "scalac -d app.jar *.scala";
      plan.outputs = {"app.jar"};
      set_start(plan, folder, "scala -cp app.jar " + name, file, 1, 0.7);
    } else {
      set_start(plan, folder, "clojure -M " + shell_word(file), file, 1, 0.7);
    }
    std::string options;
    serve_jvm(made, folder, "", nullptr, options);
    made.score = score::sources;
    return made;
  }
  return std::nullopt;
}

bool has_main(std::string_view text, std::string_view file) {
  if (file.ends_with(".java")) return text.find("static void main(") != std::string_view::npos || text.find("static void main (") != std::string_view::npos;
  if (file.ends_with(".kt")) return find_word(text, "fun main") != std::string_view::npos;
  if (file.ends_with(".scala")) return text.find("extends App") != std::string_view::npos || text.find("def main(") != std::string_view::npos ||
                                       text.find("@main") != std::string_view::npos || text.find("extends IOApp") != std::string_view::npos ||
                                       text.find("extends ZIOAppDefault") != std::string_view::npos;
  return false;
}

std::string declared_package(std::string_view text) {
  const std::string code = without_comments(text, false);
  const size_t at = find_word(code, "package");
  if (at == std::string::npos) return "";
  const std::string_view rest = std::string_view(code).substr(at + 8);
  return std::string(trim(rest.substr(0, rest.find_first_of(";\n\r{"))));
}

std::string class_in(std::string_view text, std::string_view file) {
  const std::string package = declared_package(text);
  std::string name(stem(file));
  if (file.ends_with(".kt") && text.find("@JvmStatic") == std::string_view::npos) {
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    name += "Kt";
  }
  if (file.ends_with(".scala")) {
    for (const std::string_view end : {" extends App", " extends IOApp", " extends ZIOAppDefault"}) {
      const size_t at = text.find(end);
      const size_t object = at == std::string_view::npos ? at : text.rfind("object ", at);
      if (object != std::string_view::npos) name = trim(text.substr(object + 7, at - object - 7));
    }
    if (const size_t at = text.find("@main"); at != std::string_view::npos) {
      const std::string_view rest = trim(text.substr(std::min(text.find("def ", at) + 4, text.size())));
      name = rest.substr(0, rest.find_first_of("( :="));
    }
  }
  return package.empty() ? name : package + "." + name;
}

}  // namespace

std::string jvm_language(const Folder& folder, std::string_view at) {
  std::array<size_t, kLanguages.size()> counts{};
  for (const auto file : main_sources(folder, at)) {
    for (size_t i = 0; i < kLanguages.size(); ++i) counts[i] += file.ends_with(kLanguages[i].first);
  }
  const auto most = std::ranges::max_element(counts);
  return *most == 0 ? "java" : std::string(kLanguages[static_cast<size_t>(most - counts.begin())].second);
}

std::string main_class(const Folder& folder, std::string_view at) {
  std::string best;
  int best_rank = 100;
  for (const auto file : main_sources(folder, at)) {
    const std::string_view text = folder.read(file);
    if (!has_main(text, file)) continue;
    const std::string_view name = stem(file);
    int rank = name == "Main" || name == "App" || name == "Application" || name == "Server" ? 0 : name.ends_with("Application") || name.ends_with("Server") ? 1 : 2;
    if (rank < best_rank) best = class_in(text, file), best_rank = rank;
  }
  return best;
}

void apply_java_version(BuildPlan& plan, const Folder& folder, const JavaVersion& said) {
  auto found = find_version(folder, {".java-version"}, {"java"});
  for (const std::string_view file : {"system.properties", ".sdkmanrc"}) {
    int number = 0;
    for (const auto line : split_lines(folder.read(file))) {
      ++number;
      const size_t equals = line.find('=');
      const auto key = trim(line.substr(0, equals));
      if (equals == std::string_view::npos || (key != "java.runtime.version" && key != "java")) continue;
      found = VersionFinding{std::string(trim(line.substr(equals + 1))), folder.in_source(file), number};
    }
  }
  if (!found && !said.text.empty()) found = VersionFinding{said.text, folder.in_source(said.file), said.line};
  if (plan.version.empty()) plan.version = "21";
  if (!found) return;
  std::string number = version_number(found->constraint);
  number = number.starts_with("1.") ? version_parts(number.substr(2), 1) : version_parts(number, 1);
  if (!number.empty()) apply_version(plan, *found, number);
}

const JvmFramework* jvm_framework(std::string_view dependency) {
  const auto hit = std::ranges::find_if(kFrameworks, [&](const Known& one) { return dependency.starts_with(one.group); });
  return hit == kFrameworks.end() ? nullptr : &hit->framework;
}

void serve_jvm(Candidate& made, const Folder& folder, std::string_view at, const JvmFramework* framework, std::string& options) {
  BuildPlan& plan = made.plan;
  const std::string_view property = framework ? framework->property : std::string_view();
  if (const auto found = configured_port(folder, at, property)) {
    apply_port(plan, folder, *found, 1.0);
    if (!plan.port) plan.port = framework ? framework->port : 8080;
  } else if (!property.empty()) {
    default_port(plan, folder, framework->port, false, "");
  } else {
    find_and_apply_port(plan, folder, main_sources(folder, at), kCalls, framework ? framework->port : 0);
  }
  if (!property.empty() && !plan.honors_port) {
    options += fmt::format(" -D{}=$PORT", property);
    plan.honors_port = true;
  }
  if (framework && framework->name == "quarkus") options += " -Dquarkus.http.host=0.0.0.0";
  if (plan.port) made.score = std::max(made.score, score::server);
}

void run_in_tomcat(BuildPlan& plan, const Folder& folder, const std::string& war) {
  plan.build_command += " && tomcat10-instance-create tomcat && cp " + war + " tomcat/webapps/ROOT.war";
  plan.build_packages = {"tomcat10-user"};
  plan.run_packages = {"tomcat10-common"};
  plan.outputs = {"tomcat"};
  plan.env.emplace("CATALINA_HOME", "/usr/share/tomcat10");
  plan.env.emplace("CATALINA_TMPDIR", "/tmp");
  set_start(plan, folder, "CATALINA_BASE=$PWD/tomcat /usr/share/tomcat10/bin/catalina.sh run", "", 0, 0.4);
  if (plan.framework.empty()) set_framework(plan, folder, "tomcat", "", 0);
  default_port(plan, folder, 8080, false, "");
  plan.warnings.push_back("a .war without a server of its own is served by Tomcat 10, which needs jakarta.servlet (not javax.servlet)");
}

std::optional<Candidate> detect_jvm(const Folder& folder) {
  std::optional<Candidate> best;
  for (const auto detect : {detect_maven, detect_gradle, detect_sbt, detect_clojure, detect_polyglot_maven, detect_built, detect_single_source}) {
    auto made = detect(folder);
    if (made && (!best || made->score > best->score + 0.01)) best = std::move(made);
  }
  return best;
}

}  // namespace podwright::analyze
