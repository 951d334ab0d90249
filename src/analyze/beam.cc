// The BEAM's languages: Elixir by mix (releases, Phoenix), Erlang by rebar3, Gleam.
#include <algorithm>
#include <array>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/toml.hh"

namespace podwright::analyze {

namespace {

constexpr std::array<std::string_view, 5> kElixirCalls = {"port:", "http:", "Plug.Cowboy", "Bandit", "listen"};

// What follows a keyword in Elixir or Erlang: `app: :friends`, `{release, {name, "1"}`.
std::string atom_behind(std::string_view text, std::string_view keyword) {
  const size_t at = text.find(keyword);
  if (at == std::string_view::npos) return "";
  std::string_view rest = trim(text.substr(at + keyword.size(), 120));
  while (!rest.empty() && (rest[0] == ':' || rest[0] == '{' || rest[0] == '[' || rest[0] == ' ' || rest[0] == '\n')) rest.remove_prefix(1);
  size_t end = 0;
  while (end < rest.size() && (std::isalnum(static_cast<unsigned char>(rest[end])) || rest[end] == '_')) ++end;
  return std::string(rest.substr(0, end));
}

// {:phoenix, "~> 1.7"} in deps.
int dependency_line(std::string_view text, std::string_view name) {
  const std::string entry = "{:" + std::string(name) + ",";
  return line_of(text, entry);
}

void elixir_versions(BuildPlan& plan, const Folder& folder, std::string_view mix) {
  plan.version = "1.18";
  auto found = find_version(folder, {".elixir-version"}, {"elixir"});
  for (const auto line : split_lines(folder.read("elixir_buildpack.config"))) {
    if (line.starts_with("elixir_version=")) found = VersionFinding{std::string(trim(line.substr(15))), folder.in_source("elixir_buildpack.config"), 0};
  }
  if (!found) {
    const size_t at = find_word(mix, "elixir:");
    const auto said = at == std::string_view::npos ? std::nullopt : first_string(mix.substr(at));
    if (said) found = VersionFinding{std::string(*said), folder.in_source("mix.exs"), line_at(mix, at)};
  }
  if (!found) return;
  const bool range = found->constraint.find_first_of("~><=") != std::string::npos;
  // "~> 1.14" allows every 1.x after it; a plain number means itself.
  const auto newest = range ? newest_allowed(replace_all(found->constraint, "~> ", "^"), {"1.18", "1.17", "1.16", "1.15", "1.14", "1.13", "1.12"}) : std::nullopt;
  apply_version(plan, *found, range ? newest.value_or("1.18") : version_parts(version_number(found->constraint), 2));
}

std::optional<Candidate> detect_elixir(const Folder& folder) {
  if (!folder.has("mix.exs")) {
    const std::string_view file = folder.first_of({"main.exs", "app.exs", "server.exs", "index.exs"});
    if (file.empty()) return std::nullopt;
    Candidate made = draft(folder, "elixir", RuntimeKind::beam, score::sources, file);
    made.plan.version = "1.18";
    set_start(made.plan, folder, "elixir " + std::string(file), file, 0, 0.7);
    find_and_apply_port(made.plan, folder, std::array{file}, kElixirCalls, 0);
    return made;
  }
  Candidate made = draft(folder, "elixir", RuntimeKind::beam, score::application, "mix.exs");
  BuildPlan& plan = made.plan;
  const std::string mix = without_comments(folder.read("mix.exs"), true);
  plan.package_manager = "mix";
  add_manifests(plan, folder, {"mix.exs", "mix.lock", "config/config.exs", "config/prod.exs", "config/runtime.exs"});
  for (const auto file : folder.ending({"/mix.exs"}, 50)) {
    if (file.starts_with("apps/")) add_manifests(plan, folder, {file});
  }
  plan.caches = {{"/root/.hex"}, {"/root/.cache/rebar3"}};
  plan.env = {{"MIX_ENV", "prod"}};
  elixir_versions(plan, folder, mix);
  std::string all = mix;  // an umbrella's applications have manifests of their own
  for (const auto file : folder.ending({"/mix.exs"}, 20)) all += std::string(folder.read(file));
  const int phoenix = dependency_line(all, "phoenix");
  const std::string app = atom_behind(mix, "app:");
  const size_t releases = find_word(mix, "releases:");
  std::string release = releases == std::string::npos ? "" : atom_behind(std::string_view(mix).substr(releases), "[");
  if (release.empty() || release == "include_executables_for") release = app;
  plan.name = release;
  plan.install_command = "mix local.hex --force && mix local.rebar --force && mix deps.get --only prod";
  plan.build_command = "mix compile";
  const bool assets = mix.find("\"assets.deploy\"") != std::string::npos || mix.find("assets.deploy:") != std::string::npos;
  if (assets) plan.build_command += " && mix assets.deploy";
  const bool ecto = dependency_line(all, "ecto_sql") > 0 || dependency_line(all, "phoenix_ecto") > 0 || dependency_line(all, "postgrex") > 0;
  // An umbrella has no application of its own: only its manifest can say what a release of it holds.
  const bool umbrella = find_word(mix, "apps_path:") != std::string::npos;
  const bool can_release = !release.empty() && (!umbrella || releases != std::string::npos);
  if (can_release) {
    plan.build_command += " && mix release --overwrite";
    plan.outputs = {"_build/prod/rel/" + release};
    set_start(plan, folder, "_build/prod/rel/" + release + "/bin/" + release + " start", "mix.exs", line_of(mix, "app:"), 0.7);
    std::string module;
    for (const auto file : folder.ending({"/release.ex"}, 5)) {
      const std::string_view text = folder.read(file);
      const size_t at = find_word(text, "defmodule");
      if (at != std::string_view::npos && text.find("def migrate") != std::string_view::npos) module = split_words(text.substr(at + 10, 200)).front();
    }
    if (!module.empty()) plan.release_command = "_build/prod/rel/" + release + "/bin/" + release + " eval " + module + ".migrate";
  } else {
    set_start(plan, folder, phoenix ? "mix phx.server" : "mix run --no-halt", "mix.exs", line_of(mix, "app:"), 0.7);
    if (ecto && folder.has_any_below("priv/repo/migrations")) plan.release_command = "mix ecto.migrate";
  }
  std::vector<std::string_view> sources;
  for (const std::string_view file : {"config/runtime.exs", "config/prod.exs", "config/releases.exs", "config/config.exs"}) {
    if (folder.has(file)) sources.push_back(file);
  }
  for (const auto file : folder.ending({".ex"}, 300)) sources.push_back(file);
  const auto web = [&](std::string_view name) { return dependency_line(all, name) > 0; };
  if (phoenix) {
    set_framework(plan, folder, "phoenix", "mix.exs", phoenix);
    plan.env.emplace("PHX_SERVER", "true");
    find_and_apply_port(plan, folder, sources, kElixirCalls, 4000);
  } else {
    const bool plug = web("plug_cowboy") || web("bandit") || web("cowboy") || web("plug");
    if (plug) set_framework(plan, folder, web("bandit") ? "bandit" : "plug", "mix.exs", 0);
    find_and_apply_port(plan, folder, sources, kElixirCalls, plug ? 4000 : 0);
  }
  if (plan.port) made.score = score::server;
  return made;
}

std::optional<Candidate> detect_erlang(const Folder& folder) {
  const bool rebar = folder.has("rebar.config");
  std::string_view source = folder.first_of({"main.erl", "app.erl", "server.erl"});
  if (source.empty()) source = folder.direct_ending(".erl");
  const bool make = folder.has("erlang.mk");
  if (!rebar && !make && source.empty()) return std::nullopt;
  Candidate made = draft(folder, "erlang", RuntimeKind::beam, rebar || make ? score::application : score::sources, rebar ? "rebar.config" : make ? "erlang.mk" : source);
  BuildPlan& plan = made.plan;
  plan.version = "27";
  if (const auto found = find_version(folder, {}, {"erlang"})) apply_version(plan, *found, version_parts(version_number(found->constraint), 1));
  if (rebar) {
    plan.package_manager = "rebar3";
    const std::string_view config = folder.read("rebar.config");
    add_manifests(plan, folder, {"rebar.config", "rebar.lock"});
    plan.caches = {{"/root/.cache/rebar3"}};
    const size_t relx = config.find("{relx");
    std::string release = relx == std::string_view::npos ? "" : atom_behind(config.substr(relx), "{release,");
    const bool escript = config.find("escript_name") != std::string_view::npos || config.find("escript_incl_apps") != std::string_view::npos;
    if (!release.empty()) {
      plan.build_command = "rebar3 as prod release";
      plan.outputs = {"_build/prod/rel/" + release};
      set_start(plan, folder, "_build/prod/rel/" + release + "/bin/" + release + " foreground", "rebar.config", line_at(config, relx), 0.7);
    } else if (escript) {
      const std::string name = atom_behind(config, "escript_name,");
      plan.build_command = "rebar3 escriptize";
      plan.outputs = {"_build/default/bin/" + name};
      set_start(plan, folder, "_build/default/bin/" + name, "rebar.config", line_of(config, "escript"), 0.7);
    } else {
      std::string app;
      for (const auto file : folder.ending({".app.src"}, 5)) app = std::string(file_name(file).substr(0, file_name(file).size() - 8));
      plan.build_command = "rebar3 compile";
      if (!app.empty()) set_start(plan, folder, "erl -noshell -pa _build/default/lib/*/ebin -eval 'application:ensure_all_started(" + app + ")'", "rebar.config", 0, 0.4);
    }
    plan.name = release;
  } else if (make) {
    plan.package_manager = "make";
    plan.build_command = "make";
    set_start(plan, folder, "make run", "erlang.mk", 0, 0.4);
  } else {
    const std::string module(stem(source));
    plan.build_command = "erlc *.erl";
    set_start(plan, folder, "erl -noshell -s " + module + " start", source, 0, 0.4);
  }
  static constexpr std::array<std::string_view, 6> kCalls = {"start_clear", "start_http", "listen", "port,", "start_listener", "inets:start"};
  const auto sources = folder.ending({".erl", ".config", ".src"}, 200);
  find_and_apply_port(plan, folder, sources, kCalls, folder.read("rebar.config").find("cowboy") != std::string_view::npos ? 8080 : 0);
  if (plan.port && rebar) made.score = score::server;
  return made;
}

std::optional<Candidate> detect_gleam(const Folder& folder) {
  if (!folder.has("gleam.toml")) return std::nullopt;
  Candidate made = draft(folder, "gleam", RuntimeKind::beam, score::application, "gleam.toml");
  BuildPlan& plan = made.plan;
  plan.package_manager = "gleam";
  add_manifests(plan, folder, {"gleam.toml", "manifest.toml"});
  plan.install_command = "gleam deps download";
  plan.version = "1.9";
  if (const auto found = find_version(folder, {}, {"gleam"})) apply_version(plan, *found, version_parts(version_number(found->constraint), 2));
  const auto root = parse_toml(folder.read("gleam.toml"), folder.in_source("gleam.toml"));
  if (!root) {
    plan.warnings.push_back(root.error().text());
    return made;
  }
  plan.name = root->text_at({"name"});
  const bool javascript = root->text_at({"target"}) == "javascript";
  if (javascript) {
    plan.build_command = "gleam build";
    set_start(plan, folder, "gleam run", "gleam.toml", 0, 0.7);
  } else {
    plan.build_command = "gleam export erlang-shipment";
    plan.outputs = {"build/erlang-shipment"};
    set_start(plan, folder, "./build/erlang-shipment/entrypoint.sh run", "gleam.toml", line_of(folder.read("gleam.toml"), "name"), 0.7);
  }
  const Toml* wisp = root->at({"dependencies", "wisp"});
  const Toml* mist = root->at({"dependencies", "mist"});
  if (wisp || mist) set_framework(plan, folder, wisp ? "wisp" : "mist", "gleam.toml", (wisp ? wisp : mist)->line);
  static constexpr std::array<std::string_view, 3> kCalls = {"mist.port", "port", "bind"};
  const auto sources = folder.ending({".gleam"}, 200);
  find_and_apply_port(plan, folder, sources, kCalls, wisp || mist ? 4000 : 0);
  if (plan.port) made.score = score::server;
  return made;
}

}  // namespace

std::optional<Candidate> detect_beam(const Folder& folder) {
  if (auto made = detect_gleam(folder)) return made;
  if (auto made = detect_elixir(folder)) return made;
  return detect_erlang(folder);
}

}  // namespace podwright::analyze
