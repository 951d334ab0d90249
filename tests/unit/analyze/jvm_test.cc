#include "unit/analyze/expect.hh"

using namespace podwright::analyze;

namespace {

const std::string kMain = "package a;\npublic class App { public static void main(String[] x) {} }\n";

std::string pom(const std::string& inner) { return "<project><groupId>g</groupId><artifactId>app</artifactId><version>1.0</version>" + inner + "</project>"; }

}  // namespace

TEST_CASE("Maven runs the jar of the module that serves") {
  const std::string boot = "<dependencies><dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies>"
                           "<build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>";
  const std::string shade = "<build><plugins><plugin><artifactId>maven-shade-plugin</artifactId></plugin></plugins></build>";
  check_all({
      {.name = "Spring Boot with its own port", .files = {{"pom.xml", pom(boot)}, {"src/main/java/a/App.java", kMain}, {"src/main/resources/application.properties", "server.port=${PORT:8085}\n"}},
       .language = "java", .framework = "spring-boot", .start = "java -jar target/app-1.0.jar", .port = 8085, .honors_port = true, .manager = "maven"},
      {.name = "Spring Boot takes its port as a property", .files = {{"pom.xml", pom(boot)}, {"src/main/java/a/App.java", kMain}},
       .language = "java", .framework = "spring-boot", .start = "java -Dserver.port=$PORT -jar target/app-1.0.jar", .port = 8080, .honors_port = true, .manager = "maven"},
      {.name = "a module among others", .files = {{"pom.xml", pom("<packaging>pom</packaging><modules><module>lib</module><module>web</module></modules>")},
        {"lib/pom.xml", "<project><artifactId>lib</artifactId></project>"}, {"lib/src/main/java/l/L.java", "package l;"},
        {"web/pom.xml", "<project><parent><groupId>g</groupId><artifactId>app</artifactId><version>1.0</version></parent><artifactId>web</artifactId>" + shade + "</project>"}, {"web/src/main/java/a/App.java", kMain}},
       .language = "java", .framework = "", .start = "java -jar web/target/web-1.0.jar", .port = 0, .honors_port = false, .manager = "maven"},
      {.name = "no executable jar", .files = {{"pom.xml", pom("")}, {"src/main/java/a/App.java", kMain}},
       .language = "java", .framework = "", .start = "java -cp target/classes a.App", .port = 0, .honors_port = false, .manager = "maven"},
      {.name = "one source file", .files = {{"Main.java", "public class Main { public static void main(String[] a) {} }"}},
       .language = "java", .framework = "", .start = "java -cp out Main", .port = 0, .honors_port = false, .manager = ""},
  });
}

TEST_CASE("Gradle is understood in Groovy and Kotlin, with one project or several, with and without wrapper") {
  check_all({
      {.name = "the application plugin", .files = {{"build.gradle", "plugins {\n  id 'application'\n}\napplication {\n  mainClass = 'a.App'\n}\n"}, {"settings.gradle", "rootProject.name = 'demo'\n"}, {"src/main/java/a/App.java", kMain}},
       .language = "java", .framework = "", .start = "build/install/demo/bin/demo", .port = 0, .honors_port = false, .manager = "gradle"},
      {.name = "Spring Boot in Kotlin", .files = {{"build.gradle.kts", "plugins {\n  id(\"org.springframework.boot\") version \"3.2.0\"\n}\nversion = \"0.0.1\"\n"}, {"settings.gradle.kts", "rootProject.name = \"demo\"\n"}, {"src/main/kotlin/a/App.kt", "package a\nfun main() {}\n"}},
       .language = "kotlin", .framework = "spring-boot", .start = "java -Dserver.port=$PORT -jar build/libs/demo-0.0.1.jar", .port = 8080, .honors_port = true, .manager = "gradle"},
      {.name = "a sub-project", .files = {{"settings.gradle", "include('app')\n"}, {"app/build.gradle", "plugins { id 'application' }\n"}, {"app/src/main/java/a/App.java", kMain}},
       .language = "java", .framework = "", .start = "app/build/install/app/bin/app", .port = 0, .honors_port = false, .manager = "gradle"},
      {.name = "Ktor", .files = {{"build.gradle.kts", "plugins {\n  id(\"io.ktor.plugin\") version \"2\"\n}\n"}, {"settings.gradle.kts", "rootProject.name = \"k\"\n"}, {"src/main/kotlin/App.kt", "fun main() { embeddedServer(Netty, port = 8081) {}.start() }\n"}},
       .language = "kotlin", .framework = "ktor", .start = "java -jar build/libs/k-all.jar", .port = 8081, .honors_port = false, .manager = "gradle"},
  });
}

TEST_CASE("Scala and Clojure start what their tools stage") {
  check_all({
      {.name = "native packager", .files = {{"build.sbt", "name := \"My App\"\nenablePlugins(JavaAppPackaging)\n"}, {"project/plugins.sbt", "addSbtPlugin(\"com.github.sbt\" % \"sbt-native-packager\" % \"1.9\")\n"}, {"src/main/scala/M.scala", "object M extends App\n"}},
       .language = "scala", .framework = "", .start = "target/universal/stage/bin/my-app", .port = 0, .honors_port = false, .manager = "sbt"},
      {.name = "Leiningen", .files = {{"project.clj", "(defproject hello \"0.1.0\"\n  :dependencies [[ring/ring-core \"1\"]]\n  :main ^:skip-aot hello.core\n  :target-path \"target/%s\")\n"},
        {"src/hello/core.clj", "(ns hello.core)\n(defn -main [] (run-jetty h {:port (Integer/parseInt (or (System/getenv \"PORT\") \"3001\"))}))\n"}},
       .language = "clojure", .framework = "ring", .start = "java -jar target/uberjar/hello-0.1.0-standalone.jar", .port = 3001, .honors_port = true, .manager = "lein"},
  });
}

TEST_CASE("the .NET project that serves is found in any folder") {
  const std::string web = "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>";
  const std::string library = "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>";
  const std::string console = "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><AssemblyName>tool</AssemblyName></PropertyGroup></Project>";
  check_all({
      {.name = "a solution", .files = {{"A.sln", ""}, {"src/Lib/Lib.csproj", library}, {"src/Web/Web.csproj", web}, {"src/Web/Program.cs", "app.Run();"}},
       .language = "dotnet", .framework = "aspnetcore", .start = "dotnet out/Web.dll --urls http://0.0.0.0:$PORT", .port = 8080, .honors_port = true, .manager = "dotnet"},
      {.name = "a console's assembly name", .files = {{"x.csproj", console}, {"Program.cs", ""}},
       .language = "dotnet", .framework = "", .start = "dotnet out/tool.dll", .port = 0, .honors_port = false, .manager = "dotnet"},
      {.name = "F#", .files = {{"x.fsproj", console}, {"Program.fs", ""}},
       .language = "fsharp", .framework = "", .start = "dotnet out/tool.dll", .port = 0, .honors_port = false, .manager = "dotnet"},
  });
}
