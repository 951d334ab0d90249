// Deno: deno.json(c), Fresh and other frameworks, and sources that only Deno understands.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "analyze/detector.hh"
#include "analyze/scan.hh"
#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/json.hh"

namespace podwright::analyze {

namespace {

bool is_deno_source(std::string_view text) {
  for (const std::string_view sign : {"https://deno.land/", "Deno.serve", "Deno.env", "Deno.listen", "jsr:@", "from \"npm:", "from 'npm:", "https://esm.sh/"}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

std::string entry_of(const Folder& folder) {
  const std::string_view named = folder.first_of({"main.ts", "main.tsx", "main.js", "mod.ts", "server.ts", "app.ts", "index.ts", "src/main.ts", "src/index.ts", "src/server.ts",
                                                  "src/app.ts", "src/mod.ts", "index.js", "server.js", "app.js", "index.tsx", "server.tsx", "main.mjs"});
  if (!named.empty()) return std::string(named);
  for (const std::string_view file : folder.direct()) {
    if ((file.ends_with(".ts") || file.ends_with(".js")) && is_deno_source(folder.read(file))) return std::string(file);
  }
  const auto scripts = folder.ending({".ts", ".tsx"}, 1);
  return scripts.empty() || is_beside_the_point(scripts[0]) ? "" : std::string(scripts[0]);
}

std::string framework_of(const Folder& folder, const boost::json::value& config) {
  struct Known {
    std::string_view import;
    std::string_view name;
  };
  static constexpr std::array kKnown = {Known{"fresh", "fresh"}, Known{"lume", "lume"}, Known{"oak", "oak"}, Known{"hono", "hono"}, Known{"express", "express"}};
  for (const Known& known : kKnown) {
    for (const std::string& key : json::keys_at(config, {"imports"})) {
      const std::string_view target = json::text_at(config, {"imports", key});
      if (key.starts_with("$" + std::string(known.name)) || target.find("/" + std::string(known.name)) != std::string_view::npos ||
          target.starts_with("npm:" + std::string(known.name))) {
        return std::string(known.name);
      }
    }
  }
  if (folder.has("fresh.gen.ts") || folder.has("fresh.config.ts")) return "fresh";
  return "";
}

// The start task; a "dev" task watches and is not for production.
std::string task_of(const boost::json::value& config) {
  for (const std::string_view name : {"start", "serve", "server", "prod", "production"}) {
    const bool text = !json::text_at(config, {"tasks", name}).empty() || !json::text_at(config, {"tasks", name, "command"}).empty();
    if (text && json::text_at(config, {"tasks", name}).find("--watch") == std::string_view::npos) return std::string(name);
  }
  return "";
}

}  // namespace

std::optional<Candidate> detect_deno(const Folder& folder) {
  const std::string_view manifest = folder.first_of({"deno.json", "deno.jsonc", "deno.lock"});
  std::string entry = entry_of(folder);
  const bool source = !entry.empty() && is_deno_source(folder.read(entry));
  if (manifest.empty() && !source) return std::nullopt;
  boost::json::value config;
  if (manifest != "deno.lock") {
    if (auto parsed = json::parse(folder.read(manifest), manifest, json::Dialect::relaxed)) config = *std::move(parsed);
  }
  Candidate candidate;
  BuildPlan& plan = candidate.plan;
  plan.language = "deno";
  plan.runtime = RuntimeKind::deno;
  plan.package_manager = "deno";
  plan.framework = framework_of(folder, config);
  plan.caches.push_back({"/deno-dir"});
  note(plan, folder, "language", "deno", manifest.empty() ? std::string_view(entry) : manifest, 0, 0.9);
  const std::string task = task_of(config);
  if (!task.empty()) {
    plan.start_command = "deno task " + task;
    note(plan, folder, "startCommand", plan.start_command, manifest, line_of(folder.read(manifest), "\"" + task + "\""), 1.0);
  } else if (!entry.empty()) {
    plan.start_command = "deno run --allow-all " + entry;
    note(plan, folder, "startCommand", plan.start_command, entry, 0, 0.7);
  }
  if (!json::find(config, {"tasks", "build"})) plan.build_command = entry.empty() ? "" : "deno cache " + entry;
  else plan.build_command = "deno task build";
  if (const auto version = find_version(folder, {".deno-version", ".dvmrc"}, {"deno"})) apply_version(plan, *version, version_number(version->constraint));
  else plan.version = "2";
  const std::array<std::string_view, 1> files = {entry};
  static constexpr std::array<std::string_view, 4> kCalls = {"serve", "listen", "port:", "Deno.serve"};
  plan.port = 8000;
  auto port = find_port(folder, files, kCalls);
  if (!port || !port->port) port = find_port_read(folder, files);
  if (port) apply_port(plan, folder, *port, 0.9);
  const bool serves = port || !plan.framework.empty() || entry.empty() || folder.read(entry).find("serve") != std::string_view::npos || folder.read(entry).find("listen") != std::string_view::npos;
  if (!serves) plan.port = 0;
  const bool node_too = folder.has("package.json");
  candidate.score = manifest.empty() ? score::sources + 0.2 : manifest == "deno.lock" ? score::manifest : score::server;
  const bool configures = json::find(config, {"imports"}) || json::find(config, {"tasks"}) || json::find(config, {"importMap"});
  if (node_too && !configures && !source) candidate.score = score::tooling + 0.1;  // an editor's settings beside a Node project
  return candidate;
}

}  // namespace podwright::analyze
