#include "analyze/node_start.hh"

#include <algorithm>
#include <array>

#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

constexpr std::array<std::string_view, 20> kStems = {
    "server", "index", "app", "main", "web", "function", "src/index", "src/server", "src/main", "src/app", "server/index", "server/server",
    "server/app", "app/index", "lib/index", "bin/www", "api/index", "bin/server", "src/bin/www", "backend/index"};
constexpr std::array<std::string_view, 7> kEnds = {".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ""};

std::string main_file(const Folder& folder, std::string main) {
  if (main.starts_with("./")) main = main.substr(2);
  if (main.empty()) return "";
  for (const std::string_view end : {"", ".js", ".mjs", ".cjs", ".ts", "/index.js"}) {
    if (folder.has(main + std::string(end))) return main + std::string(end);
  }
  return "";
}

bool has_phrase(std::string_view text, std::string_view phrase) {
  const std::string padded = " " + std::string(text) + " ";
  return padded.find(" " + std::string(phrase) + " ") != std::string::npos;
}

// The last command of "a && b", without VAR=x, cross-env and npx before it: what stays running.
std::string_view last_command(std::string_view script) {
  for (const std::string_view joint : {"&&", ";"}) {
    const size_t at = script.rfind(joint);
    if (at != std::string_view::npos && !trim(script.substr(at + joint.size())).empty()) script = script.substr(at + joint.size());
  }
  script = trim(script);
  while (true) {
    const size_t space = script.find(' ');
    const std::string_view word = script.substr(0, space);
    const bool prefix = word == "npx" || word == "cross-env" || word == "cross-env-shell" || word == "bunx" || word == "dotenv" || word == "--" ||
                        word == "env-cmd" || word == "exec" || (word.find('=') != std::string_view::npos && !word.starts_with('-'));
    if (!prefix || space == std::string_view::npos) return script;
    script = trim(script.substr(space));
  }
}

}  // namespace

std::string entry_file(const Folder& folder, const Package& package) {
  if (std::string main = main_file(folder, package.main); !main.empty()) return main;
  for (const std::string_view stem : kStems) {
    for (const std::string_view end : kEnds) {
      std::string file = std::string(stem) + std::string(end);
      if (file.find('.') == std::string::npos && !file.ends_with("www")) continue;
      if (folder.has(file)) return file;
    }
  }
  return "";
}

bool is_development(std::string_view script) {
  static constexpr std::array kWatchers = {"nodemon", "ts-node-dev", "tsnd", "webpack-dev-server", "live-server", "browser-sync", "supervisor", "node-dev",
                                           "gulp", "grunt", "lite-server", "expo", "tsc-watch"};
  static constexpr std::array kAlone = {"vite", "next", "nuxt", "astro", "parcel", "webpack", "vinxi", "rsbuild", "eleventy", "tsc", "remix"};
  static constexpr std::array kPhrases = {"ng serve", "ng s", "ng start", "react-scripts start", "vue-cli-service serve", "craco start", "gatsby develop", "gatsby start",
                                          "docusaurus start", "ember serve", "ember server", "nest start", "webpack serve", "vitepress dev", "vuepress dev",
                                          "hexo server", "rsbuild dev", "vite dev", "vite serve", "remix dev", "react-router dev", "react-app-rewired start", "preact watch",
                                          "nx serve", "svelte-kit dev", "strapi develop", "keystone dev", "medusa develop", "vinxi dev", "nitropack dev", "nitro dev"};
  const std::string_view command = last_command(script);
  const auto words = split_words(command);
  if (words.empty()) return false;
  if (has_phrase(command, "dev") && std::find(kAlone.begin(), kAlone.end(), words[0]) != kAlone.end()) return true;
  if (has_phrase(command, "--watch") || has_phrase(command, "watch") || command.find("--serve") != std::string_view::npos) return true;
  if (std::find(kWatchers.begin(), kWatchers.end(), words[0]) != kWatchers.end()) return true;
  const bool bare = words.size() == 1 || words[1].starts_with('-') || words[0] == "parcel" ||
                    (words[0] == "vite" && words[1] != "build" && words[1] != "preview");
  if (bare && std::find(kAlone.begin(), kAlone.end(), words[0]) != kAlone.end() && !has_phrase(command, "build")) return true;
  return std::any_of(kPhrases.begin(), kPhrases.end(), [&](std::string_view phrase) { return has_phrase(command, phrase); });
}

bool is_preview(std::string_view script) {
  static constexpr std::array kPhrases = {"vite preview", "astro preview", "gatsby serve", "docusaurus serve", "vitepress preview", "vitepress serve",
                                          "nuxt preview", "nuxi preview", "svelte-kit preview", "next start", "nuxt start", "next export"};
  return std::any_of(kPhrases.begin(), kPhrases.end(), [&](std::string_view phrase) { return has_phrase(script, phrase); });
}

namespace {

NodeStart by_script(const Package& package, const Manager& manager, std::string_view name, double weight) {
  return {run_script(manager, name), std::string(package.script(name)), "package.json", package.script_line(name), weight};
}

// A script that is meant for production: "start" unless it is a dev server, else one that says so in its name.
std::optional<NodeStart> production_script(const Package& package, const Manager& manager, bool is_files) {
  const std::string_view start = package.script("start");
  if (!start.empty() && !is_development(start) && !(is_files && is_preview(start))) return by_script(package, manager, "start", 1.0);
  if (is_files) return std::nullopt;
  for (const auto& [name, text] : package.scripts) {
    const bool server_side = name.starts_with("serve:ssr") && !is_development(text);
    if (server_side) return by_script(package, manager, name, 0.9);
  }
  for (const std::string_view name : {"start:prod", "start:production", "start-prod", "prod", "production", "start:server", "serve", "server"}) {
    const std::string_view text = package.script(name);
    if (!text.empty() && !is_development(text) && text.find(" build") == std::string_view::npos) return by_script(package, manager, name, 0.9);
  }
  return std::nullopt;
}

std::string run_file(const Package& package, const Manager& manager, const std::string& file) {
  if (manager.name == "bun") return "bun " + file;
  const bool typed = file.ends_with("ts") || file.ends_with(".tsx");
  if (typed && package.uses("tsx")) return run_tool(manager, "tsx " + file);
  if (typed && package.uses("ts-node")) return run_tool(manager, "ts-node " + file);
  return "node " + file;
}

// "nodemon src/app.js" runs src/app.js.
std::string watched_file(const Folder& folder, std::string_view script) {
  for (const std::string_view word : split_words(last_command(script))) {
    if (std::string file = main_file(folder, std::string(word)); !file.empty() && !word.starts_with('-')) return file;
  }
  return "";
}

bool is_built(const Package& package) {
  return !package.main.empty() && !package.script("build").empty() &&
         (package.main.find("dist") != std::string::npos || package.main.find("build") != std::string::npos || package.main.find("lib/") != std::string::npos);
}

}  // namespace

std::optional<NodeStart> find_start(const Folder& folder, const Package& package, const Manager& manager,
                                    const std::optional<Framework>& framework) {
  const bool is_site = framework && framework->kind == FrameworkKind::site;
  const bool is_files = is_site && !framework->publish_dir.empty();
  const bool own_server = is_site && framework->start.starts_with("node ");
  if (auto script = production_script(package, manager, is_files)) {
    if (!(own_server && is_preview(script->script_text))) return script;
  }
  if (framework && !framework->start.empty()) {
    const std::string command = framework->start.starts_with("node ") || framework->start.starts_with("yarn ")
                                    ? framework->start : run_tool(manager, framework->start);
    return NodeStart{command, "", framework->mode_file.empty() ? framework->file : framework->mode_file, 0, 0.7};
  }
  if (is_files && framework->certain) return std::nullopt;
  if (const std::string file = watched_file(folder, package.script("start")); !file.empty()) {
    return NodeStart{run_file(package, manager, file), "", "package.json", package.script_line("start"), 0.8};
  }
  if (is_built(package) && !folder.has(package.main)) {
    return NodeStart{"node " + package.main, "", "package.json", line_of(package.text, "\"main\""), 0.8};
  }
  if (const std::string file = entry_file(folder, package); !file.empty() && !(is_site && !is_node_source(folder.read(file)))) {
    return NodeStart{run_file(package, manager, file), "", file, 0, 0.7};
  }
  if (is_files) return std::nullopt;
  for (const std::string_view name : {"start", "dev", "start:dev", "develop"}) {
    if (package.script(name).empty()) continue;
    NodeStart start = by_script(package, manager, name, 0.4);
    start.development = true;
    return start;
  }
  return std::nullopt;
}

std::map<std::string, std::string> simple_scripts(const Package& package) {
  // Package managers, and what runs other scripts through them.
  static constexpr std::array<std::string_view, 12> kCallers = {"npm", "npx", "yarn", "pnpm", "pnpx", "bun", "bunx", "run-s", "run-p", "npm-run-all", "concurrently", "cross-env-shell"};
  const auto calls_others = [](std::string_view text) {
    const auto words = split_words(text);
    return std::any_of(words.begin(), words.end(), [](std::string_view word) { return std::find(kCallers.begin(), kCallers.end(), word) != kCallers.end(); });
  };
  std::map<std::string, std::string> found;
  for (const auto& [name, text] : package.scripts) {
    const bool joined = text.find_first_of("|&;<>()`\\\n\r") != std::string::npos || text.find("npm_") != std::string::npos;
    const bool surrounded = package.scripts.contains("pre" + name) || package.scripts.contains("post" + name);
    if (!trim(text).empty() && !joined && !surrounded && !calls_others(text)) found[name] = trim(text);
  }
  return found;
}

bool is_node_source(std::string_view text) {
  for (const std::string_view sign : {"require(", "createServer", ".listen(", "process.", "module.exports", "Bun.serve", "Deno.serve", "from 'node:",
                                      "from \"node:", "from 'express'", "from \"express\"", "from 'http'", "from \"http\"", "#!/usr/bin/env node", "#!/usr/bin/env bun"}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace podwright::analyze
