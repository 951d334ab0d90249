// What Maven, Gradle, sbt and Clojure projects share: sources and their language, the main class, the port.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyze/draft.hh"

namespace podwright::analyze {

// "kotlin", "scala", "clojure" or "java", by the main sources below a folder of `folder` ("" for itself).
std::string jvm_language(const Folder& folder, std::string_view at);

// The class with a main method among a module's sources, fully qualified: "com.example.App"; "" when there is none.
std::string main_class(const Folder& folder, std::string_view at);

// The JVM's version from .java-version, system.properties, .sdkmanrc and shared files; `said` is the manifest's word.
struct JavaVersion {
  std::string text;
  std::string file;  // relative to the folder
  int line = 0;
};
void apply_java_version(BuildPlan& plan, const Folder& folder, const JavaVersion& said);

// The frameworks that manifests name, in order of preference; "" when none.
struct JvmFramework {
  std::string_view name;      // "spring-boot"
  int port = 8080;
  std::string_view property;  // the system property that sets the port; "" when there is none
};
const JvmFramework* jvm_framework(std::string_view dependency);  // "org.springframework.boot:spring-boot-starter-web"

// Port from the framework's configuration files, then the sources; puts -Dserver.port=$PORT and the like into `options`.
void serve_jvm(Candidate& made, const Folder& folder, std::string_view at, const JvmFramework* framework, std::string& options);

std::optional<Candidate> detect_maven(const Folder& folder);
std::optional<Candidate> detect_gradle(const Folder& folder);
std::optional<Candidate> detect_sbt(const Folder& folder);
std::optional<Candidate> detect_clojure(const Folder& folder);

// A .war without its own server runs in Tomcat.
void run_in_tomcat(BuildPlan& plan, const Folder& folder, const std::string& war);

}  // namespace podwright::analyze
