#include "analyze/node_framework.hh"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "analyze/scan.hh"
#include "base/text.hh"
#include "format/json.hh"

namespace podwright::analyze {

namespace {

using Refine = void (*)(Framework&, const Folder&, const Package&);

struct Known {
  std::string_view package;   // a dependency that gives it away
  std::string_view config;    // or a configuration file, without its extension; "" when it has none
  std::string_view name;
  FrameworkKind kind;
  int port;
  std::string_view start;
  std::string_view publish_dir;
  bool single_page;
  std::string_view build;
  Refine refine;
};

std::string config_file(const Folder& folder, std::string_view stem) {
  for (const std::string_view end : {".ts", ".js", ".mjs", ".mts", ".cjs"}) {
    const std::string file = std::string(stem) + std::string(end);
    if (folder.has(file)) return file;
  }
  return "";
}

std::string config_text(const Folder& folder, const std::string& file) {
  return file.empty() ? "" : without_comments(folder.read(file), false);
}

// The literal behind `key:` in a configuration file, without quotes: "export", "false", "" when it is not there.
std::string setting(const std::string& text, std::string_view key) {
  for (size_t at = find_word(text, key); at != std::string::npos; at = find_word(text, key, at + 1)) {
    const size_t colon = text.find_first_not_of(" \"'", at + key.size());
    if (colon == std::string::npos || text[colon] != ':') continue;
    const std::string_view rest = trim(std::string_view(text).substr(colon + 1, 200));
    if (rest.starts_with('"') || rest.starts_with('\'') || rest.starts_with('`')) return std::string(first_string(rest).value_or(""));
    return std::string(rest.substr(0, rest.find_first_of(" ,\n}")));
  }
  return "";
}

void become_static(Framework& it, std::string publish_dir, std::string file, bool single_page = false) {
  it.publish_dir = std::move(publish_dir);
  it.start.clear();
  it.mode_file = std::move(file);
  it.single_page = single_page;
}

void refine_next(Framework& it, const Folder& folder, const Package& package) {
  const std::string file = config_file(folder, "next.config");
  const std::string text = config_text(folder, file);
  const bool exports = setting(text, "output") == "export" || package.script("build").find("next export") != std::string_view::npos;
  if (!exports) return;
  const std::string folder_name = setting(text, "distDir");
  become_static(it, folder_name.empty() ? "out" : folder_name, file);
}

void refine_nuxt(Framework& it, const Folder& folder, const Package& package) {
  const std::string file = config_file(folder, "nuxt.config");
  const std::string text = config_text(folder, file);
  const std::string version = package.uses("nuxt") ? version_of(package, "nuxt") : "";
  if (package.uses("nuxt3") || !version.starts_with("2")) {
    it.start = "node .output/server/index.mjs";
    const bool generates = package.script("build").find("nuxt generate") != std::string_view::npos ||
                           package.script("build").find("nuxi generate") != std::string_view::npos || setting(text, "preset") == "static";
    if (generates) become_static(it, ".output/public", file.empty() ? "package.json" : file, setting(text, "ssr") == "false");
    return;
  }
  it.start = "nuxt start";
  if (setting(text, "target") == "static" || package.script("build").find("nuxt generate") != std::string_view::npos) {
    become_static(it, "dist", file);
  }
}

void refine_sveltekit(Framework& it, const Folder& folder, const Package& package) {
  const std::string file = config_file(folder, "svelte.config");
  const std::string text = config_text(folder, file);
  if (package.uses("@sveltejs/adapter-static") || text.find("adapter-static") != std::string::npos) {
    const std::string pages = setting(text, "pages");
    become_static(it, pages.empty() ? "build" : pages, file, !setting(text, "fallback").empty());
    return;
  }
  const bool has_node = package.uses("@sveltejs/adapter-node") || text.find("adapter-node") != std::string::npos ||
                        package.uses("svelte-adapter-bun");
  if (const std::string out = setting(text, "out"); !out.empty() && has_node) it.start = "node " + out;
  if (!has_node) it.warning = "SvelteKit needs @sveltejs/adapter-node to run as a server of its own, or adapter-static";
}

void refine_astro(Framework& it, const Folder& folder, const Package& package) {
  const std::string file = config_file(folder, "astro.config");
  const std::string text = config_text(folder, file);
  const std::string output = setting(text, "output");
  const bool adapter = package.uses("@astrojs/node") && (text.empty() || find_word(text, "adapter") != std::string::npos);
  const std::string out = setting(text, "outDir");
  std::string base = out.empty() ? "dist" : out;
  if (base.starts_with("./")) base = base.substr(2);
  while (base.ends_with('/')) base.pop_back();
  if (output == "server" || output == "hybrid" || adapter) {
    it.start = "node ./" + base + "/server/entry.mjs";
    it.mode_file = file;
    if (!adapter) it.warning = "Astro's server output needs the @astrojs/node adapter to run as a server of its own";
    return;
  }
  become_static(it, base, output == "static" ? file : "");
}

void refine_react_router(Framework& it, const Folder& folder, const Package&) {
  const std::string file = config_file(folder, "react-router.config");
  if (setting(config_text(folder, file), "ssr") == "false") become_static(it, "build/client", file, true);
}

void refine_remix(Framework& it, const Folder& folder, const Package&) {
  const std::string file = config_file(folder, "vite.config");
  const std::string text = config_text(folder, file);
  if (setting(text, "ssr") == "false") become_static(it, "build/client", file, true);
  if (!file.empty() && it.publish_dir.empty()) it.start = "remix-serve ./build/server/index.js";
}

// angular.json names the project, its output and whether it renders on the server.
void refine_angular(Framework& it, const Folder& folder, const Package& package) {
  std::string project = service_name(package), output;
  bool server = package.depends_on("@angular/ssr") || package.depends_on("@nguniversal/express-engine");
  if (const auto root = json::parse(folder.read("angular.json"), "angular.json", json::Dialect::relaxed)) {
    const std::string named(json::text_at(*root, {"defaultProject"}));
    const auto projects = json::keys_at(*root, {"projects"});
    if (!named.empty()) project = named;
    else if (!projects.empty()) project = projects.front();
    const auto* options = json::find(*root, {"projects", project, "architect", "build", "options"});
    const auto* builder = json::find(*root, {"projects", project, "architect", "build"});
    if (!options) options = json::find(*root, {"projects", project, "targets", "build", "options"});
    if (options) {
      output = json::text_at(*options, {"outputPath"});
      if (output.empty()) output = json::text_at(*options, {"outputPath", "base"});
      if (const auto* mode = json::find(*options, {"outputMode"}); mode && mode->is_string() && mode->as_string() == "static") server = false;
    }
    const std::string kind = builder ? std::string(json::text_at(*builder, {"builder"})) : "";
    if (output.empty()) output = "dist/" + project;
    if (!server && kind.ends_with(":application")) output += "/browser";
  }
  if (output.empty()) output = "dist/" + (project.empty() ? std::string("app") : project);
  if (server) {
    it.port = 4000;
    it.start = "node " + output + "/server/server.mjs";
    it.mode_file = "package.json";
    return;
  }
  become_static(it, output, "angular.json", true);
}

void refine_vite(Framework& it, const Folder& folder, const Package&) {
  const std::string file = config_file(folder, "vite.config");
  const std::string text = config_text(folder, file);
  const std::string out = setting(text, "outDir"), root = setting(text, "root");
  std::string publish = out.empty() ? "dist" : out;
  if (publish.starts_with("./")) publish = publish.substr(2);
  it.publish_dir = publish.empty() || publish.starts_with("..") ? "dist" : publish;
  const bool page = folder.has("index.html") || (!root.empty() && root.find('(') == std::string::npos);
  it.certain = page && text.find("laravel-vite-plugin") == std::string::npos && text.find("vite-plugin-ruby") == std::string::npos;
}

void refine_bundler(Framework& it, const Folder& folder, const Package&) {
  it.certain = folder.has("index.html") || folder.has("src/index.html") || folder.has("public/index.html");
}

void refine_tanstack(Framework& it, const Folder& folder, const Package&) {
  if (setting(config_text(folder, config_file(folder, "vite.config")), "preset") == "static") become_static(it, ".output/public", "", true);
}

void refine_vitepress(Framework& it, const Folder& folder, const Package& package) {
  const std::string_view build = package.script("build").empty() ? package.script("docs:build") : package.script("build");
  const bool docs = build.find("build docs") != std::string_view::npos || folder.has_any_below("docs/.vitepress") || folder.has_any_below("docs/.vuepress");
  it.publish_dir = docs ? "docs/" + it.publish_dir : it.publish_dir;
}

constexpr auto kSite = FrameworkKind::site;
constexpr auto kServer = FrameworkKind::server;

// In order: what builds on another stands before it (Next uses React, SvelteKit and Astro use Vite).
const std::array kKnown = {
    Known{"next", "next.config", "next", kSite, 3000, "next start", "", false, "next build", refine_next},
    Known{"nuxt", "nuxt.config", "nuxt", kSite, 3000, "", "", false, "nuxt build", refine_nuxt},
    Known{"nuxt3", "", "nuxt", kSite, 3000, "", "", false, "nuxt build", refine_nuxt},
    Known{"@react-router/dev", "react-router.config", "react-router", kSite, 3000, "react-router-serve ./build/server/index.js", "", false, "react-router build", refine_react_router},
    Known{"@remix-run/dev", "remix.config", "remix", kSite, 3000, "remix-serve build/index.js", "", false, "remix build", refine_remix},
    Known{"@remix-run/serve", "", "remix", kSite, 3000, "remix-serve build/index.js", "", false, "remix build", refine_remix},
    Known{"@sveltejs/kit", "svelte.config", "sveltekit", kSite, 3000, "node build", "", false, "vite build", refine_sveltekit},
    Known{"astro", "astro.config", "astro", kSite, 4321, "", "", false, "astro build", refine_astro},
    Known{"@tanstack/react-start", "", "tanstack-start", kSite, 3000, "node .output/server/index.mjs", "", false, "vite build", refine_tanstack},
    Known{"@tanstack/solid-start", "", "tanstack-start", kSite, 3000, "node .output/server/index.mjs", "", false, "vite build", refine_tanstack},
    Known{"@solidjs/start", "", "solidstart", kSite, 3000, "node .output/server/index.mjs", "", false, "vinxi build", nullptr},
    Known{"@builder.io/qwik-city", "", "qwik", kSite, 3000, "node server/entry.express", "", false, "", nullptr},
    Known{"@redwoodjs/core", "", "redwood", kSite, 8910, "yarn rw serve", "", false, "yarn rw build", nullptr},
    Known{"@strapi/strapi", "", "strapi", kServer, 1337, "strapi start", "", false, "strapi build", nullptr},
    Known{"@keystone-6/core", "", "keystone", kServer, 3000, "keystone start", "", false, "keystone build", nullptr},
    Known{"@medusajs/medusa", "medusa-config", "medusa", kServer, 9000, "medusa start", "", false, "medusa build", nullptr},
    Known{"directus", "", "directus", kServer, 8055, "directus start", "", false, "", nullptr},
    Known{"ghost", "", "ghost", kServer, 2368, "", "", false, "", nullptr},
    Known{"@adonisjs/core", "adonisrc", "adonis", kServer, 3333, "node build/bin/server.js", "", false, "node ace build", nullptr},
    Known{"@nestjs/core", "", "nest", kServer, 3000, "node dist/main", "", false, "nest build", nullptr},
    Known{"@angular/core", "", "angular", kSite, 4200, "", "", true, "ng build", refine_angular},
    Known{"gatsby", "gatsby-config", "gatsby", kSite, 8000, "", "public", false, "gatsby build", nullptr},
    Known{"@docusaurus/core", "docusaurus.config", "docusaurus", kSite, 3000, "", "build", false, "docusaurus build", nullptr},
    Known{"vitepress", "", "vitepress", kSite, 5173, "", ".vitepress/dist", false, "vitepress build", refine_vitepress},
    Known{"vuepress", "", "vuepress", kSite, 8080, "", ".vuepress/dist", false, "vuepress build", refine_vitepress},
    Known{"@11ty/eleventy", ".eleventy", "eleventy", kSite, 8080, "", "_site", false, "eleventy", nullptr},
    Known{"hexo", "", "hexo", kSite, 4000, "", "public", false, "hexo generate", nullptr},
    Known{"react-scripts", "", "create-react-app", kSite, 3000, "", "build", true, "react-scripts build", nullptr},
    Known{"@craco/craco", "craco.config", "create-react-app", kSite, 3000, "", "build", true, "craco build", nullptr},
    Known{"@vue/cli-service", "vue.config", "vue-cli", kSite, 8080, "", "dist", true, "vue-cli-service build", nullptr},
    Known{"@quasar/app-vite", "quasar.config", "quasar", kSite, 9000, "", "dist/spa", true, "quasar build", nullptr},
    Known{"@rsbuild/core", "rsbuild.config", "rsbuild", kSite, 3000, "", "dist", true, "rsbuild build", nullptr},
    Known{"expo", "", "expo", kSite, 8081, "", "dist", true, "expo export --platform web", nullptr},
    Known{"ember-cli", "", "ember", kSite, 4200, "", "dist", true, "ember build", nullptr},
    Known{"preact-cli", "", "preact", kSite, 8080, "", "build", true, "preact build", nullptr},
    Known{"fastify", "", "fastify", kServer, 3000, "", "", false, "", nullptr},
    Known{"koa", "", "koa", kServer, 3000, "", "", false, "", nullptr},
    Known{"elysia", "", "elysia", kServer, 3000, "", "", false, "", nullptr},
    Known{"hono", "", "hono", kServer, 3000, "", "", false, "", nullptr},
    Known{"@hapi/hapi", "", "hapi", kServer, 3000, "", "", false, "", nullptr},
    Known{"hapi", "", "hapi", kServer, 3000, "", "", false, "", nullptr},
    Known{"restify", "", "restify", kServer, 8080, "", "", false, "", nullptr},
    Known{"polka", "", "polka", kServer, 3000, "", "", false, "", nullptr},
    Known{"sails", "", "sails", kServer, 1337, "", "", false, "", nullptr},
    Known{"@loopback/core", "", "loopback", kServer, 3000, "", "", false, "", nullptr},
    Known{"@feathersjs/feathers", "", "feathers", kServer, 3030, "", "", false, "", nullptr},
    Known{"moleculer-web", "", "moleculer", kServer, 3000, "", "", false, "", nullptr},
    Known{"nitropack", "nitro.config", "nitro", kServer, 3000, "node .output/server/index.mjs", "", false, "nitropack build", nullptr},
    Known{"@google-cloud/functions-framework", "", "functions-framework", kServer, 8080, "functions-framework --target=function", "", false, "", nullptr},
    Known{"express", "", "express", kServer, 3000, "", "", false, "", nullptr},
    Known{"apollo-server", "", "apollo", kServer, 4000, "", "", false, "", nullptr},
    Known{"@apollo/server", "", "apollo", kServer, 4000, "", "", false, "", nullptr},
    Known{"graphql-yoga", "", "graphql-yoga", kServer, 4000, "", "", false, "", nullptr},
    Known{"socket.io", "", "socket.io", kServer, 3000, "", "", false, "", nullptr},
    Known{"json-server", "", "json-server", kServer, 3000, "", "", false, "", nullptr},
    Known{"connect", "", "connect", kServer, 3000, "", "", false, "", nullptr},
    Known{"ws", "", "ws", kServer, 8080, "", "", false, "", nullptr},
    Known{"vite", "vite.config", "vite", kSite, 5173, "", "dist", true, "vite build", refine_vite},
    Known{"rolldown-vite", "", "vite", kSite, 5173, "", "dist", true, "vite build", refine_vite},
    Known{"parcel", "", "parcel", kSite, 1234, "", "dist", true, "parcel build", refine_bundler},
    Known{"parcel-bundler", "", "parcel", kSite, 1234, "", "dist", true, "parcel build index.html", refine_bundler},
    Known{"webpack", "webpack.config", "webpack", kSite, 8080, "", "dist", true, "webpack --mode production", refine_bundler},
    Known{"discord.js", "", "discord.js", FrameworkKind::worker, 0, "", "", false, "", nullptr},
};

// Libraries for servers are run-time dependencies; builders of sites are often among those for development.
bool gives_away(const Known& known, const Package& package) {
  return known.kind == kSite ? package.uses(known.package) : package.depends_on(known.package);
}

Framework from(const Known& known) {
  Framework it;
  it.name = known.name;
  it.kind = known.kind;
  it.port = known.port;
  it.start = known.start;
  it.publish_dir = known.publish_dir;
  it.single_page = known.single_page;
  it.build = known.build;
  return it;
}

}  // namespace

std::string version_of(const Package& package, std::string_view name) {
  for (const auto* all : {&package.dependencies, &package.dev_dependencies}) {
    const auto found = all->find(std::string(name));
    if (found != all->end()) return found->second.substr(std::min(found->second.find_first_of("0123456789"), found->second.size()));
  }
  return "";
}

std::optional<Framework> find_framework(const Folder& folder, const Package& package) {
  const bool knows_packages = !package.dependencies.empty() || !package.dev_dependencies.empty();
  for (const Known& known : kKnown) {
    std::string file = gives_away(known, package) ? "package.json" : "";
    if (file.empty() && !knows_packages && !known.config.empty()) file = config_file(folder, known.config);
    if (file.empty() && !knows_packages && known.name == "angular" && folder.has("angular.json")) file = "angular.json";
    if (file.empty()) continue;
    Framework it = from(known);
    it.file = std::move(file);
    if (known.refine) known.refine(it, folder, package);
    return it;
  }
  return std::nullopt;
}

}  // namespace podwright::analyze
