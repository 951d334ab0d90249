#include "build/layout.hh"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.hh"
#include "build/start_command.hh"

namespace podwright::build {

namespace {

struct ManagerCaches {
  std::string_view manager;
  std::string_view targets;
};

constexpr std::array<ManagerCaches, 17> kCaches{{
    {"npm", "/root/.npm"},
    {"pnpm", "/root/.local/share/pnpm/store /root/.cache/node"},
    {"yarn", "/usr/local/share/.cache/yarn /root/.yarn/berry/cache /root/.cache/node"},
    {"bun", "/root/.bun/install/cache"},
    {"pip", "/root/.cache/pip"},
    {"uv", "/root/.cache/uv"},
    {"poetry", "/root/.cache/pypoetry /root/.cache/pip"},
    {"pipenv", "/root/.cache/pip"},
    {"pdm", "/root/.cache/pdm"},
    {"go", "/root/go/pkg/mod /root/.cache/go-build"},
    {"cargo", "/root/.cargo/registry /root/.cargo/git /app/target"},
    {"maven", "/root/.m2/repository"},
    {"gradle", "/root/.gradle/caches /root/.gradle/wrapper"},
    {"sbt", "/root/.cache/coursier /root/.sbt /root/.ivy2"},
    {"composer", "/root/.cache/composer"},
    {"mix", "/root/.hex /root/.cache/rebar3"},
    {"cabal", "/root/.cabal/packages"},
}};

std::vector<std::string> cache_targets(const BuildPlan& plan) {
  std::vector<std::string> targets;
  for (const auto& cache : plan.caches) targets.push_back(cache.target);
  if (!targets.empty()) return targets;
  auto found = std::ranges::find(kCaches, plan.package_manager, &ManagerCaches::manager);
  if (found != kCaches.end())
    for (auto target : split_words(found->targets)) targets.emplace_back(target);
  return targets;
}

bool lies_under(std::string_view path, std::string_view folder) { return path == folder || (path.starts_with(folder) && path[folder.size()] == '/'); }

bool is_npm_family(const BuildPlan& plan) { return plan.language == "node" && plan.runtime == RuntimeKind::node; }

// PHP's own development server is not for production; Apache takes its place.
bool is_served_by_apache(const BuildPlan& plan) {
  const auto& start = plan.start_command;
  if (plan.runtime != RuntimeKind::php || plan.port == 0) return false;
  return start.empty() || start.contains("php -S") || start.contains("artisan serve") || start.contains("apache2") || start.contains("symfony serve") ||
         start.contains("server:start") || start.contains("php-fpm");
}

}  // namespace

std::optional<std::string> Layout::in_app(std::string_view path) const {
  auto clean = clean_path(path);
  if (source.empty()) return clean;
  if (!clean.starts_with(source + "/")) return std::nullopt;
  return clean.substr(source.size() + 1);
}

Layout layout_of(const BuildPlan& plan) {
  Layout layout;
  layout.root = clean_path(plan.root.empty() ? "." : plan.root);
  bool whole = plan.build_from_source_root || layout.root == ".";
  layout.source = whole ? "" : layout.root;
  layout.work = plan.build_from_source_root && layout.root != "." ? "/app/" + layout.root : "/app";
  layout.has_build_stage = !plan.install_command.empty() || !plan.build_command.empty();
  layout.caches = cache_targets(plan);
  for (const auto& output : plan.outputs)
    for (const auto& target : layout.caches)
      if (lies_under(layout.work + "/" + clean_path(output), target)) layout.kept_outputs.push_back(output);
  return layout;
}

std::string clean_path(std::string_view path) {
  auto clean = std::filesystem::path(path).lexically_normal().native();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  return clean.empty() ? "." : clean;
}

std::string folder_of(std::string_view path) {
  auto folder = std::filesystem::path(clean_path(path)).parent_path().native();
  return folder.empty() ? "." : folder;
}

bool is_pattern(std::string_view path) { return path.contains('*'); }

std::string cache_id(std::string_view app, std::string_view target) {
  auto id = fmt::format("podwright-{}{}", app, target);
  for (char& c : id)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  return id;
}

int served_port(const BuildPlan& plan) { return plan.port > 0 ? plan.port : 8080; }

std::map<std::string, std::string> build_environment(const BuildPlan& plan) {
  std::map<std::string, std::string> env;
  if (plan.language == "python") {
    env = {{"VIRTUAL_ENV", "/opt/venv"},      {"UV_PROJECT_ENVIRONMENT", "/opt/venv"},    {"UV_LINK_MODE", "copy"},
           {"UV_PYTHON_DOWNLOADS", "never"}, {"POETRY_VIRTUALENVS_CREATE", "false"},     {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
           {"PIPENV_VERBOSITY", "-1"},       {"PYTHONDONTWRITEBYTECODE", "1"}};
  }
  if (plan.language == "go") env = {{"CGO_ENABLED", "0"}, {"GOFLAGS", "-buildvcs=false"}, {"GOTOOLCHAIN", "auto"}};
  if (plan.language == "ruby") env = {{"BUNDLE_PATH", "/opt/bundle"}, {"BUNDLE_WITHOUT", "development:test"}};
  if (plan.language == "node") env = {{"npm_config_fund", "false"}, {"npm_config_audit", "false"}, {"npm_config_update_notifier", "false"}, {"NEXT_TELEMETRY_DISABLED", "1"}};
  if (plan.language == "node" && (plan.version.empty() || plan.version == "20")) env["npm_config_nodedir"] = "/usr";
  return env;
}

std::map<std::string, std::string> run_environment(const BuildPlan& plan, const Layout& layout) {
  std::map<std::string, std::string> env{{"HOME", "/tmp"}};
  if (plan.runtime == RuntimeKind::static_files) return env;
  if (is_npm_family(plan) || plan.runtime == RuntimeKind::bun) env["NODE_ENV"] = "production";
  if (plan.runtime == RuntimeKind::python) env.insert({{"PYTHONUNBUFFERED", "1"}, {"PYTHONDONTWRITEBYTECODE", "1"}, {"VIRTUAL_ENV", "/opt/venv"}});
  if (plan.runtime == RuntimeKind::ruby) env.insert({{"BUNDLE_PATH", "/opt/bundle"}, {"BUNDLE_WITHOUT", "development:test"}});
  if (plan.runtime == RuntimeKind::jre) env["JAVA_TOOL_OPTIONS"] = "-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError -Duser.home=/tmp";
  if (is_served_by_apache(plan)) {
    auto publish = clean_path(plan.publish_dir.empty() ? "." : plan.publish_dir);
    env["PODWRIGHT_DOCUMENT_ROOT"] = publish == "." ? layout.work : layout.work + "/" + publish;
  }
  for (const auto& [name, value] : plan.env) env[name] = value;
  if (plan.port > 0) env["PORT"] = std::to_string(plan.port);
  return env;
}

std::string run_path(const BuildPlan& plan, const Layout& layout) {
  if (plan.runtime == RuntimeKind::python && layout.has_build_stage) return "/opt/venv/bin";
  if (plan.runtime != RuntimeKind::node && plan.runtime != RuntimeKind::bun) return "";
  return layout.work == "/app" ? "/app/node_modules/.bin" : layout.work + "/node_modules/.bin:/app/node_modules/.bin";
}

std::vector<std::string> run_folders(const BuildPlan& plan) {
  if (plan.runtime == RuntimeKind::python) return {"/opt/venv"};
  if (plan.runtime == RuntimeKind::ruby && !plan.install_command.empty()) return {"/opt/bundle"};
  return {};
}

std::string prune_command(const BuildPlan& plan) {
  if (!is_npm_family(plan) || plan.install_command.empty() || plan.build_from_source_root || !plan.outputs.empty()) return "";
  auto argv = run_argv(plan);
  auto needs_build_tools = [](const std::string& word) {
    for (std::string_view tool : {"ts-node", "tsx", "swc", "esbuild", "babel", "typescript", ".ts"})
      if (word.contains(tool)) return true;
    return false;
  };
  if (argv.front() != "node" || std::ranges::any_of(argv, needs_build_tools)) return "";
  if (plan.package_manager == "npm") return "npm prune --omit=dev";
  if (plan.package_manager == "pnpm") return "pnpm prune --prod";
  return "";
}

std::vector<std::string> run_argv(const BuildPlan& plan) {
  if (plan.runtime == RuntimeKind::static_files) return {"nginx"};
  if (is_served_by_apache(plan)) return {"apache2", "-f", "/etc/podwright/apache.conf", "-DFOREGROUND"};
  return start_argv(plan.runtime == RuntimeKind::node ? without_npm(in_npm_words(plan.start_command), plan.scripts) : plan.start_command, plan.port);
}

}  // namespace podwright::build
