// .NET: C#, F# and Visual Basic projects in any folder, and which of them is the one that runs.
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/json.hh"
#include "format/xml.hh"

namespace podwright::analyze {

namespace {

struct Project {
  std::string_view file;
  std::string folder;     // "" for the root
  std::string sdk;        // "Microsoft.NET.Sdk.Web"
  std::string framework;  // "net8.0"
  int framework_line = 0;
  std::string assembly;   // the name of its .dll
  std::string output;     // "Exe", "Library", ""
  bool test = false;
  bool web = false;       // by its SDK or a package
  std::set<std::string, std::less<>> packages;
};

std::string_view property(const Xml& root, std::string_view name, int* line = nullptr) {
  for (const Xml* group : root.all("PropertyGroup")) {
    const Xml* node = group->find(name);
    if (!node || node->text.empty()) continue;
    if (line) *line = node->line;
    return node->text;
  }
  return {};
}

std::optional<Project> read_project(const Folder& folder, std::string_view file, std::vector<std::string>& warnings) {
  const auto root = parse_xml(folder.read(file), folder.in_source(file));
  if (!root) {
    warnings.push_back(root.error().text());
    return std::nullopt;
  }
  Project project{.file = file, .folder = std::string(folder_of(file))};
  project.sdk = root->attribute("Sdk");
  if (const Xml* sdk = root->find("Sdk"); sdk && project.sdk.empty()) project.sdk = sdk->attribute("Name");
  project.framework = property(*root, "TargetFramework", &project.framework_line);
  if (project.framework.empty()) {
    const auto several = property(*root, "TargetFrameworks", &project.framework_line);
    project.framework = several.substr(0, several.find(';'));
  }
  project.assembly = property(*root, "AssemblyName");
  if (project.assembly.empty() || project.assembly.find("$(") != std::string::npos) project.assembly = stem(file);
  project.output = property(*root, "OutputType");
  for (const Xml* group : root->all("ItemGroup")) {
    for (const Xml* reference : group->all("PackageReference")) project.packages.insert(to_lower(reference->attribute("Include")));
    for (const Xml* reference : group->all("FrameworkReference")) project.packages.insert(to_lower(reference->attribute("Include")));
  }
  project.test = property(*root, "IsTestProject") == "true" || project.packages.contains("microsoft.net.test.sdk") || project.packages.contains("xunit") ||
                 project.packages.contains("nunit");
  const bool by_package = std::ranges::any_of(project.packages, [](const std::string& name) {
    return name == "microsoft.aspnetcore.app" || name == "microsoft.aspnetcore.all" || name == "microsoft.aspnetcore" || name == "suave" || name == "giraffe" ||
           name == "saturn" || name == "falco" || name.starts_with("microsoft.aspnetcore.server.");
  });
  project.web = project.sdk == "Microsoft.NET.Sdk.Web" || (by_package && project.sdk != "Microsoft.NET.Sdk.Razor");
  return project;
}

bool runs(const Folder& folder, const Project& project) {
  if (project.web || to_lower(project.output) == "exe" || to_lower(project.output) == "winexe" || project.sdk.ends_with(".Worker")) return true;
  return folder.has(joined(project.folder, "Program.cs")) && project.output.empty() && project.sdk != "Microsoft.NET.Sdk.Razor";
}

int rank(const Folder& folder, const Project& project) {
  int value = static_cast<int>(std::ranges::count(project.file, '/'));
  if (project.test || is_beside_the_point(project.file)) value += 100;
  if (!runs(folder, project)) value += 50;
  if (!project.web) value += 20;
  if (project.sdk.find("BlazorWebAssembly") != std::string::npos) value += 10;  // the client of a hosted pair
  const std::string name = to_lower(project.assembly);
  if (name.ends_with(".tests") || name.ends_with("test") || name.ends_with(".migrations")) value += 60;
  if (name.ends_with("apphost")) value += 30;
  return value;
}

// The solution's projects, when it names any: what is outside of it is not built.
std::vector<std::string_view> project_files(const Folder& folder) { return folder.ending({".csproj", ".fsproj", ".vbproj"}, 200); }

class DotnetDraft {
 public:
  explicit DotnetDraft(const Folder& folder) : folder_(folder) {}

  std::optional<Candidate> draft() {
    const auto files = project_files(folder_);
    std::vector<std::string> warnings;
    std::vector<Project> projects;
    for (const auto file : files) {
      if (auto project = read_project(folder_, file, warnings)) projects.push_back(*std::move(project));
    }
    std::string_view solution = folder_.direct_ending(".sln");
    if (solution.empty()) solution = folder_.direct_ending(".slnx");
    if (projects.empty()) return from_sources(solution);
    const auto best = std::ranges::min_element(projects, {}, [this](const Project& one) { return rank(folder_, one); });
    const Project& chosen = *best;
    const bool here = chosen.folder.empty() || !solution.empty() || std::ranges::count(chosen.file, '/') <= 2;
    const bool fsharp = chosen.file.ends_with(".fsproj");
    made_ = analyze::draft(folder_, fsharp ? "fsharp" : "dotnet", RuntimeKind::dotnet,
                           !here ? score::some_sources : runs(folder_, chosen) ? score::application : score::manifest, chosen.file);
    plan().warnings = std::move(warnings);
    build(chosen, files, solution);
    version(chosen);
    serve(chosen);
    return std::move(made_);
  }

 private:
  BuildPlan& plan() { return made_.plan; }

  // A published application (only its .dll and runtimeconfig.json), or C# files alone.
  std::optional<Candidate> from_sources(std::string_view solution) {
    const std::string_view config = folder_.direct_ending(".runtimeconfig.json");
    if (!config.empty()) {
      made_ = analyze::draft(folder_, "dotnet", RuntimeKind::dotnet, score::server, config);
      plan().package_manager = "dotnet";
      const std::string name(config.substr(0, config.size() - std::string_view(".runtimeconfig.json").size()));
      set_start(plan(), folder_, "dotnet " + shell_word(name + ".dll"), config, 0, 0.7);
      plan().env.emplace("ASPNETCORE_HTTP_PORTS", "8080");
      plan().version = "8.0";
      if (auto parsed = json::parse(folder_.read(config), config)) {
        const std::string number = version_parts(version_number(json::text_at(*parsed, {"runtimeOptions", "framework", "version"})), 2);
        if (!number.empty()) plan().version = number;
      }
      default_port(plan(), folder_, 8080, false, config);
      return made_;
    }
    const std::string_view source = folder_.first_of({"Program.cs", "Program.fs", "Main.cs", "main.cs"});
    const std::string_view file = source.empty() ? folder_.direct_ending(".cs") : source;
    if (file.empty() && solution.empty()) return std::nullopt;
    const bool fsharp = file.ends_with(".fs");
    made_ = analyze::draft(folder_, fsharp ? "fsharp" : "dotnet", RuntimeKind::dotnet, file.empty() ? score::some_sources : score::sources, file.empty() ? solution : file);
    plan().package_manager = "dotnet";
    plan().version = "10.0";
    if (file.empty()) return made_;
    set_start(plan(), folder_, "dotnet run " + shell_word(file), file, 0, 0.4);
    if (folder_.read(file).find("#:sdk Microsoft.NET.Sdk.Web") != std::string_view::npos) {
      set_framework(plan(), folder_, "aspnetcore", file, line_of(folder_.read(file), "#:sdk"));
      plan().env.emplace("ASPNETCORE_HTTP_PORTS", "8080");
      default_port(plan(), folder_, 8080, false, file);
    }
    return made_;
  }

  void build(const Project& chosen, const std::vector<std::string_view>& files, std::string_view solution) {
    plan().package_manager = "dotnet";
    plan().name = chosen.assembly;
    plan().caches = {{"/root/.nuget/packages"}};
    add_manifests(plan(), folder_, {"global.json", "nuget.config", "NuGet.config", "Directory.Build.props", "Directory.Packages.props", "packages.lock.json", "paket.dependencies", "paket.lock"});
    if (!solution.empty()) add_manifests(plan(), folder_, {solution});
    for (const auto file : files) add_manifests(plan(), folder_, {file});
    const std::string project = chosen.folder.empty() && files.size() == 1 ? "" : " " + shell_word(chosen.file);
    plan().install_command = "dotnet restore" + project;
    plan().build_command = "dotnet publish" + project + " --no-restore -c Release -o out";
    plan().outputs = {"out"};
    if (folder_.has(".config/dotnet-tools.json") && folder_.has("paket.dependencies")) plan().install_command = "dotnet tool restore && " + plan().install_command;
    const bool desktop = chosen.sdk.find("BlazorWebAssembly") != std::string::npos;
    if (desktop) {
      plan().runtime = RuntimeKind::static_files;
      plan().publish_dir = "out/wwwroot";
      plan().single_page = true;
      plan().framework = "blazor";
      default_port(plan(), folder_, 80, false, chosen.file);
      return;
    }
    if (!runs(folder_, chosen)) return;
    set_start(plan(), folder_, "dotnet out/" + shell_word(chosen.assembly + ".dll"), chosen.file, 0, 0.7);
  }

  void version(const Project& chosen) {
    plan().version = "8.0";
    if (chosen.framework.starts_with("net") && chosen.framework.find("$(") == std::string::npos) {
      const std::string number = version_parts(version_number(chosen.framework), 2);
      if (!number.empty()) {
        apply_version(plan(), VersionFinding{chosen.framework, folder_.in_source(chosen.file), chosen.framework_line}, number);
        return;
      }
    }
    if (const auto parsed = json::parse(folder_.read("global.json"), "global.json", json::Dialect::relaxed)) {
      const auto said = json::text_at(*parsed, {"sdk", "version"});
      if (!said.empty()) apply_version(plan(), VersionFinding{std::string(said), folder_.in_source("global.json"), line_of(folder_.read("global.json"), said)}, version_parts(std::string(said), 2));
    }
  }

  // ASP.NET listens where ASPNETCORE_URLS says; a UseUrls or Kestrel setting of the application's own wins over it.
  void serve(const Project& chosen) {
    if (plan().runtime == RuntimeKind::static_files) return;
    std::vector<std::string_view> sources;
    for (const auto file : folder_.ending({".cs", ".fs"}, 400)) {
      if (chosen.folder.empty() || file.starts_with(chosen.folder + "/")) sources.push_back(file);
    }
    static constexpr std::array<std::string_view, 6> kCalls = {"UseUrls", "ListenAnyIP", "Listen", "Run", "ListenLocalhost", "HttpBinding"};
    const auto found = find_port(folder_, sources, kCalls);
    const auto read = find_port_read(folder_, sources);
    if (!chosen.web && !found && !read) return;
    made_.score = score::server;
    if (chosen.web) {
      static constexpr std::array<std::string_view, 4> kNames = {"giraffe", "saturn", "suave", "falco"};
      const auto hit = std::ranges::find_if(kNames, [&](std::string_view name) { return chosen.packages.contains(name); });
      const bool blazor = std::ranges::any_of(sources, [&](auto file) { return has_word(folder_.read(file), "AddInteractiveServerComponents") || has_word(folder_.read(file), "AddServerSideBlazor"); });
      set_framework(plan(), folder_, hit != kNames.end() ? *hit : blazor ? "blazor" : "aspnetcore", chosen.file, 1);
    }
    if (found && found->port) {
      PortFinding finding = *found;
      finding.honors_port = finding.honors_port || read;
      return apply_port(plan(), folder_, finding, 0.7);
    }
    if (read) {
      PortFinding finding = *read;
      if (!finding.port) finding.port = 8080;
      return apply_port(plan(), folder_, finding, 0.7);
    }
    default_port(plan(), folder_, 8080, true, chosen.file);
    plan().start_command += " --urls http://0.0.0.0:$PORT";
    plan().env.emplace("ASPNETCORE_ENVIRONMENT", "Production");
  }

  const Folder& folder_;
  Candidate made_;
};

}  // namespace

std::optional<Candidate> detect_dotnet(const Folder& folder) { return DotnetDraft(folder).draft(); }

}  // namespace podwright::analyze
