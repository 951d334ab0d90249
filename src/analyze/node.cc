// JavaScript and TypeScript on Node.js or Bun.
#include <algorithm>
#include <array>

#include "analyze/detector.hh"
#include "analyze/node_framework.hh"
#include "analyze/node_manager.hh"
#include "analyze/node_start.hh"
#include "analyze/node_workspace.hh"
#include "analyze/scan.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Project {
  const Folder& folder;
  Package package;
  Manager manager;
  std::optional<Framework> framework;
  std::optional<NodeStart> start;
  std::string entry;
  bool has_manifest = false;  // a package.json or a lock file
};

bool is_files(const Project& project) {
  return project.framework && !project.framework->publish_dir.empty() && !project.start;
}

bool is_browser_folder(std::string_view file) {
  static constexpr std::array kNames = {"public", "static", "assets", "dist", "build", "client", "frontend", "front", "www", "js", "out"};
  const auto parts = split(folder_of(file), '/');
  return std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return std::find(kNames.begin(), kNames.end(), part) != kNames.end(); });
}

std::vector<std::string_view> server_files(const Project& project) {
  std::vector<std::string_view> files;
  if (project.folder.has(project.entry)) files.push_back(project.entry);
  const std::string_view script = project.start ? std::string_view(project.start->script_text) : std::string_view();
  for (const std::string_view word : split_words(script)) {
    if (project.folder.has(word)) files.insert(files.begin(), word);
  }
  for (const std::string_view file : project.folder.ending({".js", ".ts", ".mjs", ".cjs", ".mts", "bin/www"}, 200)) {
    if (!is_browser_folder(file) && file.find(".config.") == std::string_view::npos) files.push_back(file);
  }
  return files;
}

// PORT=… in a committed .env or its example.
int port_in_env_file(const Folder& folder) {
  for (const std::string_view file : {".env", ".env.production", ".env.example", ".env.sample"}) {
    for (const std::string_view line : split_lines(folder.read(file))) {
      if (!line.starts_with("PORT=")) continue;
      std::string_view value = trim(line.substr(5));
      if (value.starts_with('"') || value.starts_with('\'')) value = value.substr(1, value.size() > 1 ? value.size() - 2 : 0);
      const auto number = parse_integer(value);
      if (number && *number > 0 && *number <= 65535) return static_cast<int>(*number);
    }
  }
  return 0;
}

bool site_server(const Project& project) { return project.framework && project.framework->kind == FrameworkKind::site; }

void set_default_port(BuildPlan& plan, const Project& project, bool honors) {
  plan.port = project.framework && project.framework->port ? project.framework->port : 3000;
  plan.honors_port = honors;
  note(plan, project.folder, "port", std::to_string(plan.port), "", 0, 0.4);
}

void find_listening(BuildPlan& plan, const Project& project) {
  static constexpr std::array<std::string_view, 4> kCalls = {"listen", "serve", "createServer", "set('port',"};
  static constexpr std::array<std::string_view, 1> kObject = {"port:"};
  if (project.start) {
    if (auto port = port_in_command(project.start->script_text)) {
      port->file = project.start->file;
      port->line = project.start->line;
      if (!port->port) set_default_port(plan, project, true);
      port->honors_port = port->honors_port || (site_server(project) && project.start->script_text.find("-p") == std::string::npos);
      return apply_port(plan, project.folder, *port, 1.0);
    }
  }
  const auto files = server_files(project);
  const bool own_entry = project.start && !project.start->script_text.empty() && project.start->script_text.find("node ") != std::string::npos;
  std::optional<PortFinding> found;
  if (!site_server(project) || own_entry) {
    found = find_port(project.folder, files, kCalls);
    const bool object = project.manager.name == "bun" || (project.framework && (project.framework->name == "hono" || project.framework->name == "elysia"));
    if (!found && object) found = find_port(project.folder, files, kObject);
    if (!found) found = find_port_read(project.folder, files);
    if (found && found->port) return apply_port(plan, project.folder, *found, 0.9);
  }
  const bool honors = site_server(project) || found || (project.framework && !project.framework->start.empty());
  if (const int port = port_in_env_file(project.folder); port && honors) {
    plan.port = port;
    plan.honors_port = true;
    return note(plan, project.folder, "port", std::to_string(port), ".env", 0, 0.8);
  }
  const bool serves = project.framework ? project.framework->kind != FrameworkKind::worker
                                        : found || files.empty() || std::any_of(files.begin(), files.end(), [&](std::string_view file) {
                                            const std::string_view text = project.folder.read(file);
                                            return text.find("listen(") != std::string_view::npos || text.find("serve(") != std::string_view::npos;
                                          });
  if (serves) set_default_port(plan, project, honors);
}

std::string resolve_node(std::string_view constraint) {
  struct Name {
    std::string_view name;
    std::string_view version;
  };
  static constexpr std::array kNames = {Name{"krypton", "24"}, Name{"jod", "22"},    Name{"iron", "20"},   Name{"hydrogen", "18"},
                                        Name{"gallium", "16"}, Name{"fermium", "14"}, Name{"lts/*", "22"}, Name{"node", "24"},
                                        Name{"latest", "24"},  Name{"current", "24"}, Name{"stable", "22"}};
  const std::string lower = to_lower(constraint);
  for (const Name& one : kNames) {
    if (lower.find(one.name) != std::string::npos) return std::string(one.version);
  }
  const auto fit = newest_allowed(constraint, {"22", "24", "20", "18", "23", "21", "19", "16", "17", "14", "15", "12", "10", "25"});
  return fit.value_or("22");
}

void find_runtime_version(BuildPlan& plan, const Project& project) {
  const Package& package = project.package;
  if (plan.language == "bun") {
    const auto found = find_version(project.folder, {".bun-version"}, {"bun"});
    if (found) return apply_version(plan, *found, version_number(found->constraint));
    if (package.package_manager.starts_with("bun@")) plan.version_constraint = package.package_manager.substr(4);
    plan.version = plan.version_constraint.empty() ? "1" : version_number(plan.version_constraint);
    return;
  }
  auto found = find_version(project.folder, {".nvmrc", ".node-version"}, {"node", "nodejs"});
  if (!found && !package.volta_node.empty()) found = {package.volta_node, project.folder.in_source("package.json"), line_of(package.text, package.volta_node)};
  if (!found && package.engines.contains("node")) {
    found = {package.engines.at("node"), project.folder.in_source("package.json"), line_of(package.text, "\"engines\"")};
  }
  if (found) return apply_version(plan, *found, resolve_node(found->constraint));
  plan.version = "22";
}

void find_packages(BuildPlan& plan, const Package& package) {
  for (const std::string_view native : {"bcrypt", "better-sqlite3", "sqlite3", "argon2", "canvas", "node-gyp", "node-sass", "cpu-features", "zeromq"}) {
    if (package.uses(native)) {
      plan.build_packages = {"python3", "make", "g++"};
      break;
    }
  }
  if (package.uses("prisma") || package.depends_on("@prisma/client")) plan.run_packages.push_back("openssl");
  if (package.depends_on("puppeteer") || package.depends_on("puppeteer-core")) plan.run_packages.push_back("chromium");
}

// A build step that other platforms call by a name of theirs.
std::string_view platform_hook(const Package& package) {
  for (const std::string_view name : {"heroku-postbuild", "gcp-build", "vercel-build", "render-build"}) {
    if (!package.script(name).empty()) return name;
  }
  return {};
}

void find_build(BuildPlan& plan, const Project& project) {
  std::vector<std::string> steps = builds_before(project.folder, project.package, project.manager);
  const std::string_view script = project.package.script("build");
  if (!script.empty()) {
    steps.push_back(run_script(project.manager, "build"));
    note(plan, project.folder, "buildCommand", steps.back(), "package.json", project.package.script_line("build"), 1.0);
  } else if (const auto hook = platform_hook(project.package); !hook.empty()) {
    steps.push_back(run_script(project.manager, hook));
  } else if (is_files(project) && !project.package.script("docs:build").empty()) {
    steps.push_back(run_script(project.manager, "docs:build"));
  } else if (is_files(project) && !project.package.script("generate").empty()) {
    steps.push_back(run_script(project.manager, "generate"));
  } else if (project.framework && project.framework->kind == FrameworkKind::site && !project.framework->build.empty()) {
    steps.push_back(run_tool(project.manager, project.framework->build));
  }
  plan.build_command = join(steps, " && ");
}

void warn_about_downloads(BuildPlan& plan, const Folder& folder) {
  for (const std::string_view file : {"app/layout.tsx", "src/app/layout.tsx", "app/layout.js", "src/app/layout.js", "app/layout.jsx", "pages/_app.tsx", "pages/_app.js"}) {
    const int line = line_of(folder.read(file), "next/font/google");
    if (!line) continue;
    plan.warnings.push_back(fmt::format("{}:{} downloads Google Fonts while building: the build needs internet", folder.in_source(file), line));
    return;
  }
}

void fill_files(BuildPlan& plan, const Project& project) {
  plan.runtime = RuntimeKind::static_files;
  plan.publish_dir = project.framework->publish_dir;
  plan.single_page = project.framework->single_page;
  plan.outputs = {plan.publish_dir};
  plan.port = 8080;
  plan.honors_port = true;
  note(plan, project.folder, "publishDir", plan.publish_dir, project.framework->mode_file.empty() ? project.framework->file : project.framework->mode_file, 0, 0.7);
}

void fill_server(BuildPlan& plan, const Project& project) {
  plan.env["NODE_ENV"] = "production";
  if (site_server(project)) plan.env["HOST"] = plan.env["HOSTNAME"] = "0.0.0.0";
  if (!project.start) return;
  plan.start_command = project.start->command;
  note(plan, project.folder, "startCommand", plan.start_command, project.start->file, project.start->line, project.start->weight);
  if (project.start->development) {
    plan.warnings.push_back(fmt::format("no start command for production: \"{}\" is one for development", plan.start_command));
  }
  find_listening(plan, project);
  const auto files = server_files(project);
  const bool asks_npm = std::any_of(files.begin(), files.end(), [&](std::string_view file) { return project.folder.read(file).find("npm_") != std::string_view::npos; });
  if (!asks_npm) plan.scripts = simple_scripts(project.package);
  if (project.package.uses("prisma") && project.folder.has_any_below("prisma/migrations")) {
    plan.release_command = run_tool(project.manager, "prisma migrate deploy");
  }
}

// Bun runs what it starts, unless the script says node or the framework brings node's own server.
bool runs_on_bun(const Project& project) {
  if (project.start && project.start->script_text.starts_with("bun ") && !site_server(project)) return true;
  if (project.manager.name != "bun" || site_server(project)) return false;
  const std::string_view text = project.start ? std::string_view(project.start->script_text) : std::string_view();
  return !has_word(text, "node") && !has_word(text, "tsx") && !has_word(text, "ts-node");
}

double score_of(const Project& project) {
  const bool has_framework = project.framework.has_value();
  const bool only_tools = project.package.dependencies.empty() && !has_framework;
  if (!project.has_manifest) {
    if (!project.start) return score::some_sources;
    return is_node_source(project.folder.read(project.entry)) ? score::sources + 0.12 : score::sources - 0.05;
  }
  if (is_files(project)) return project.framework->certain ? score::server - 0.05 : score::manifest - 0.15;
  if (has_framework && project.framework->certain && project.start && !project.start->development) return score::server;
  if (has_framework && project.framework->certain) return score::application - 0.05;
  const bool unknown_tool = only_tools && project.entry.empty() && project.start && !has_word(project.start->script_text, "node");
  if (unknown_tool) return score::manifest - 0.05;  // a start script that runs somebody's tool
  if (project.start && project.start->weight >= 0.9) return score::server - 0.05;
  if (project.start && !project.start->development) return score::application;
  if (project.start) return score::tooling + 0.1;
  return only_tools ? score::tooling : score::tooling + 0.05;
}

std::optional<Project> look(const Folder& folder) {
  Project project{.folder = folder, .package = {}, .manager = {}, .framework = {}, .start = {}, .entry = {}};
  const auto package = read_package(folder);
  project.has_manifest = package || !folder.first_of({"yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "bunfig.toml"}).empty();
  if (package) project.package = *package;
  project.framework = find_framework(folder, project.package);
  project.has_manifest = project.has_manifest || project.framework;
  project.entry = entry_file(folder, project.package);
  const bool configured = !folder.first_of({"tsconfig.json", "nx.json", "turbo.json", "lerna.json", ".nvmrc", ".node-version", ".yarnrc.yml",
                                             "pnpm-workspace.yaml", "workspace.json", "jsconfig.json", ".npmrc"}).empty();
  if (!project.has_manifest && !configured && project.entry.empty() && folder.count({".js", ".ts", ".mjs", ".tsx"}) == 0) return std::nullopt;
  project.manager = choose_manager(folder, project.package);
  project.start = find_start(folder, project.package, project.manager, project.framework);
  return project;
}

void describe(BuildPlan& plan, const Project& project) {
  const bool bun = runs_on_bun(project);
  plan.language = bun ? "bun" : "node";
  plan.runtime = bun ? RuntimeKind::bun : RuntimeKind::node;
  plan.name = service_name(project.package);
  const std::string_view first = !project.package.file.empty() ? std::string_view("package.json") : std::string_view(project.entry);
  note(plan, project.folder, "language", plan.language, first, 0, 0.7);
  if (!project.framework) return;
  plan.framework = project.framework->name;
  note(plan, project.folder, "framework", plan.framework, project.framework->file,
       line_of(project.folder.read(project.framework->file), fmt::format("\"{}", project.framework->name)), 1.0);
  if (!project.framework->warning.empty()) plan.warnings.push_back(project.framework->warning);
}

}  // namespace

std::optional<Candidate> detect_node(const Folder& folder) {
  const auto project = look(folder);
  if (!project) return std::nullopt;
  Candidate candidate{.plan = {}, .score = score_of(*project), .covers_below = false};
  BuildPlan& plan = candidate.plan;
  describe(plan, *project);
  find_runtime_version(plan, *project);
  apply_manager(plan, folder, project->package, project->manager);
  find_build(plan, *project);
  find_packages(plan, project->package);
  warn_about_downloads(plan, folder);
  if (is_files(*project)) fill_files(plan, *project);
  else fill_server(plan, *project);
  if (is_workspace_root(folder, project->package) && !(project->start && !project->start->development && project->start->weight >= 0.7)) {
    plan.start_command.clear();
    candidate.score = std::min(candidate.score, score::manifest);
  }
  return candidate;
}

}  // namespace podwright::analyze
