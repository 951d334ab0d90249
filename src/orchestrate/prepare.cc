#include "orchestrate/prepare.hh"

#include <fmt/format.h>

#include <algorithm>

#include "base/fs.hh"
#include "base/text.hh"
#include "build/recipe.hh"
#include "build/registry_bases.hh"
#include "deploy/runtime.hh"

namespace podwright::orchestrate {

namespace {

constexpr size_t kMostConfig = 1 << 20;

// "apps/web" below "." and "." are the same folder twice.
std::string joined(const std::string& base, const std::string& more) {
  auto path = (fs::path(base.empty() ? "." : base) / (more.empty() ? "." : more)).lexically_normal().native();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<config::AppConfig> read_config(const Source& source) {
  auto file = source.dir / source.path / config::kFileName;
  auto text = read_file(file, kMostConfig);
  if (!text && text.error().code == ErrorCode::not_found) return config::AppConfig{};
  if (!text) return std::unexpected(text.error());
  auto shown = joined(source.path, std::string(config::kFileName));
  return config::parse(*text, shown);
}

// Names in build.secrets are for the build only.
bool is_build_secret(const config::AppConfig& config, const std::string& key) {
  return std::ranges::find(config.build_secrets, key) != config.build_secrets.end();
}

std::map<std::string, std::string> build_secrets(const config::AppConfig& config, const DeployRequest& request, const AppSettings& settings) {
  std::map<std::string, std::string> secrets;
  for (const auto& key : config.build_secrets) {
    if (auto sticky = settings.env.find(key); sticky != settings.env.end()) secrets[key] = sticky->second;
    if (auto given = request.env.find(key); given != request.env.end()) secrets[key] = given->second;
  }
  return secrets;
}

// The name that the base image has or will have, without making it.
Result<std::string> reference(const build::BaseChoice& choice) {
  if (choice.provider == build::BaseProvider::registry) return build::registry_reference(choice.request);
  return TRY(build::recipe_for(choice.request)).reference;
}

}  // namespace

Result<Prepared> prepare(const Source& source, const DeployRequest& request) {
  Prepared prepared;
  prepared.config = TRY(read_config(source));
  prepared.folder = prepared.config.root ? joined(source.path, prepared.config.root->value) : joined(source.path, ".");
  auto tree = TRY(analyze::open_tree(source.dir));
  prepared.analysis = TRY(analyze::analyze(*tree, prepared.folder));
  prepared.plan = prepared.analysis.primary();
  if (auto procfile = tree->read(joined(prepared.plan.root, "Procfile")); !procfile.empty()) config::apply_procfile(procfile, prepared.plan);
  TRY(config::apply(prepared.config, prepared.plan));
  if (request.port != 0) {
    prepared.plan.port = request.port;
    prepared.plan.evidence.push_back({.field = "port", .value = std::to_string(request.port), .file = "--port", .weight = 1.0});
  }
  return prepared;
}

build::BuildRequest build_request(const AppKey& key, const std::string& deployment, const std::string& installation, const Source& source,
                                  const Prepared& prepared, const DeployRequest& request, const AppSettings& settings) {
  return {.app = key.app,
          .deployment = deployment,
          .plan = prepared.plan,
          .source_dir = source.dir,
          .commit = source.commit,
          .shown_source = source.shown_location,
          .secrets = build_secrets(prepared.config, request, settings),
          .labels = {{std::string(kLabelInstallation), installation},
                     {std::string(kLabelApp), key.app},
                     {std::string(kLabelDeployment), deployment}}};
}

Result<std::string> containerfile_text(const Source& source, const BuildPlan& plan, const std::string& app) {
  if (plan.runtime == RuntimeKind::containerfile) return read_file(source.dir / plan.root / plan.containerfile, kMostConfig);
  auto bases = TRY(build::choose_bases(plan));
  build::BaseReferences references{TRY(reference(bases.build)), TRY(reference(bases.run))};
  return build::containerfile(plan, references, {.app = app, .commit = source.commit, .source = source.shown_location});
}

Result<Service> make_service(const Prepared& prepared, const DeployRequest& request, const AppSettings& settings) {
  auto service = config::make_service(prepared.config, prepared.plan, request.app);
  for (const auto* source : {&settings.env, &request.env})
    for (const auto& [key, value] : *source)
      if (!is_build_secret(prepared.config, key)) service.env[key] = value, service.secret_env.insert(key);
  for (const auto* source : {&settings.domains, &request.domains})
    for (const auto& domain : *source)
      if (auto name = to_lower(domain); std::ranges::find(service.domains, name) == service.domains.end()) service.domains.push_back(name);
  if (service.port == 0 && prepared.plan.port != 0)
    return fail(ErrorCode::internal, "the service of {} lost its port", request.app);
  return service;
}

Service with_settings(Service service, const AppSettings& settings) {
  if (settings.replicas > 0) service.replicas = settings.replicas;
  return service;
}

AppSettings settings_after(AppSettings settings, const DeployRequest& request) {
  for (const auto& [key, value] : request.env) settings.env[key] = value;
  for (const auto& domain : request.domains)
    if (auto name = to_lower(domain); std::ranges::find(settings.domains, name) == settings.domains.end()) settings.domains.push_back(name);
  settings.stopped = false;
  return settings;
}

Result<int> previous_release(const std::vector<Release>& releases, int active) {
  for (const auto& release : releases)
    if (release.number < active) return release.number;
  return fail(error(ErrorCode::not_found, "there is no release before {} to go back to", active).with_hint("podwright releases APP lists the kept ones"));
}

}  // namespace podwright::orchestrate
