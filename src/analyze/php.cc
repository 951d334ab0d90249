// PHP: Composer applications, the known frameworks and content systems, and folders of plain scripts.
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

namespace bj = boost::json;

struct Known {
  std::string_view package;  // of composer.json; "" when files alone tell
  std::string_view file;     // or a file that only it has
  std::string_view name;
  std::string_view document_root;  // "" : found by the index.php
};

constexpr std::array kKnown = {
    Known{"laravel/framework", "artisan", "laravel", "public"},
    Known{"laravel/lumen-framework", "", "lumen", "public"},
    Known{"symfony/framework-bundle", "bin/console", "symfony", "public"},
    Known{"symfony/symfony", "symfony.lock", "symfony", "public"},
    Known{"cakephp/cakephp", "bin/cake", "cakephp", "webroot"},
    Known{"codeigniter4/framework", "spark", "codeigniter", "public"},
    Known{"yiisoft/yii2", "yii", "yii", "web"},
    Known{"drupal/core-recommended", "", "drupal", "web"},
    Known{"drupal/core", "", "drupal", ""},
    Known{"roots/wordpress", "", "wordpress", "web"},
    Known{"johnpbloch/wordpress", "wp-config.php", "wordpress", ""},
    Known{"", "wp-load.php", "wordpress", ""},
    Known{"craftcms/cms", "", "craft", "web"},
    Known{"statamic/cms", "please", "statamic", "public"},
    Known{"typo3/cms-core", "", "typo3", "public"},
    Known{"mezzio/mezzio", "", "mezzio", "public"},
    Known{"laminas/laminas-mvc", "", "laminas", "public"},
    Known{"silex/silex", "", "silex", ""},
    Known{"slim/slim", "", "slim", ""},
    Known{"google/cloud-functions-framework", "", "functions-framework", ""},
};

struct Php {
  const Folder& folder;
  bj::value composer;
  bool has_composer = false;
  const Known* framework = nullptr;
  std::string framework_file;
};

bool requires_package(const Php& php, std::string_view package) {
  return !package.empty() && json::find(php.composer, {"require", package}) != nullptr;
}

void find_framework(Php& php) {
  for (const Known& known : kKnown) {
    if (requires_package(php, known.package)) php.framework_file = "composer.json";
    else if (!known.file.empty() && php.folder.has(known.file)) php.framework_file = known.file;
    else continue;
    php.framework = &known;
    return;
  }
}

std::string document_root(const Php& php) {
  if (php.framework && !php.framework->document_root.empty()) return std::string(php.framework->document_root);
  static constexpr std::array<std::string_view, 8> kRoots = {"", "public", "web", "webroot", "www", "htdocs", "html", "public_html"};
  for (const std::string_view root : kRoots) {
    const std::string file = root.empty() ? "index.php" : std::string(root) + "/index.php";
    if (php.folder.has(file)) return root.empty() ? "." : std::string(root);
  }
  for (const std::string_view root : {"public", "web"}) {
    if (php.folder.has(std::string(root) + "/app.php")) return std::string(root);  // Symfony's front controller of old
  }
  for (const std::string_view file : php.folder.ending({"/index.php"}, 1)) {
    if (!is_beside_the_point(file)) return std::string(folder_of(file));
  }
  return ".";
}

void find_php_version(BuildPlan& plan, const Php& php) {
  const std::initializer_list<std::string_view> kOffered = {"8.4", "8.3", "8.2", "8.1", "8.0", "7.4", "7.3", "7.2"};
  auto found = find_version(php.folder, {".php-version"}, {"php"});
  if (!found) {
    std::string wanted(json::text_at(php.composer, {"config", "platform", "php"}));
    if (wanted.empty()) wanted = json::text_at(php.composer, {"require", "php"});
    if (!wanted.empty()) found = {wanted, php.folder.in_source("composer.json"), line_of(php.folder.read("composer.json"), "\"php\"")};
  }
  if (found) return apply_version(plan, *found, newest_allowed(found->constraint, kOffered).value_or("8.4"));
  plan.version = "8.4";
}

// "ext-gd" of composer.json and what the frameworks need, as Debian packages.
std::vector<std::string> extension_packages(const Php& php) {
  std::vector<std::string> packages;
  const auto add = [&](const std::string& package) {
    if (std::find(packages.begin(), packages.end(), package) == packages.end()) packages.push_back(package);
  };
  if (php.framework) {
    for (const char* extension : {"mbstring", "xml", "curl", "zip", "intl", "gd", "mysql", "pgsql", "sqlite3"}) add(std::string("php-") + extension);
  }
  static constexpr std::array kBuiltIn = {"json",  "ctype", "tokenizer", "fileinfo", "filter", "hash",   "openssl", "pcre",      "session", "iconv",
                                          "pdo",   "posix", "pcntl",     "phar",     "reflection", "spl", "standard", "date", "libxml", "sodium", "zlib"};
  for (const std::string& key : json::keys_at(php.composer, {"require"})) {
    if (!key.starts_with("ext-")) continue;
    std::string name = key.substr(4);
    if (std::find(kBuiltIn.begin(), kBuiltIn.end(), name) != kBuiltIn.end() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos) continue;
    if (name == "dom" || name == "simplexml" || name == "xmlwriter" || name == "xmlreader") name = "xml";
    add("php-" + name);
  }
  return packages;
}

bool builds_assets(const Php& php) {
  const auto package = json::parse(php.folder.read("package.json"), "package.json", json::Dialect::relaxed);
  return package && !json::text_at(*package, {"scripts", "build"}).empty();
}

std::string asset_commands(const Folder& folder) {
  if (folder.has("pnpm-lock.yaml")) return "pnpm install --frozen-lockfile && pnpm run build";
  if (folder.has("yarn.lock")) return "yarn install --frozen-lockfile && yarn run build";
  if (folder.has("bun.lock") || folder.has("bun.lockb")) return "bun install --frozen-lockfile && bun run build";
  return folder.has("package-lock.json") ? "npm ci && npm run build" : "npm install && npm run build";
}

void fill_composer(BuildPlan& plan, const Php& php) {
  if (!php.has_composer) return;
  plan.package_manager = "composer";
  plan.install_command = "composer install --no-dev --optimize-autoloader --no-interaction";
  plan.caches.push_back({"/root/.composer/cache"});
  const bool locked = php.folder.has("composer.lock");
  note(plan, php.folder, "packageManager", "composer", locked ? "composer.lock" : "composer.json", 0, 1.0);
  if (!locked && json::find(php.composer, {"require"})) plan.warnings.push_back("no composer.lock: Composer installs what is newest today; commit one to get the same again");
  // Composer's scripts run the application's own code, so a framework is copied as a whole before its install.
  if (php.framework) return;
  plan.manifest_files.push_back(php.folder.in_source("composer.json"));
  if (locked) plan.manifest_files.push_back(php.folder.in_source("composer.lock"));
}

std::string start_of(const Php& php, const std::string& root) {
  const std::string_view name = php.framework ? php.framework->name : std::string_view();
  if (name == "laravel") return "php artisan serve --host=0.0.0.0 --port=${PORT:-8080}";
  return root == "." ? "php -S 0.0.0.0:${PORT:-8080}" : "php -S 0.0.0.0:${PORT:-8080} -t " + root;
}

// A folder of scripts without a page is a program for the command line.
std::string script_of(const Php& php) {
  if (php.framework || !php.folder.ending({"index.php"}, 1).empty()) return "";
  const std::string_view named = php.folder.first_of({"main.php", "app.php", "server.php", "run.php", "worker.php", "bot.php"});
  if (!named.empty()) return std::string(named);
  size_t scripts = 0;
  for (const std::string_view file : php.folder.direct()) scripts += file.ends_with(".php");
  return scripts == 1 && php.folder.ending({".html"}, 1).empty() ? std::string(php.folder.direct_ending(".php")) : "";
}

void fill(BuildPlan& plan, const Php& php) {
  plan.language = "php";
  plan.runtime = RuntimeKind::php;
  plan.name = json::text_at(php.composer, {"name"});
  plan.name = plan.name.substr(plan.name.find('/') + 1);
  if (php.framework) {
    plan.framework = php.framework->name;
    note(plan, php.folder, "framework", plan.framework, php.framework_file,
         php.framework_file == "composer.json" ? line_of(php.folder.read("composer.json"), php.framework->package) : 0, 1.0);
  }
  plan.run_packages = extension_packages(php);
  if (const std::string script = script_of(php); !script.empty()) {
    plan.start_command = "php " + script;
    note(plan, php.folder, "startCommand", plan.start_command, script, 0, 0.6);
    return;
  }
  plan.publish_dir = document_root(php);
  plan.start_command = start_of(php, plan.publish_dir);
  plan.port = 8080;
  plan.honors_port = true;
  note(plan, php.folder, "publishDir", plan.publish_dir, php.framework_file, 0, 0.7);
  note(plan, php.folder, "startCommand", plan.start_command, php.framework_file, 0, 0.7);
  if (plan.framework == "laravel") plan.release_command = "php artisan migrate --force";
  const bool migrates = plan.framework == "symfony" && (requires_package(php, "doctrine/doctrine-migrations-bundle") || php.folder.has_any_below("migrations"));
  if (migrates) plan.release_command = "php bin/console doctrine:migrations:migrate --no-interaction";
  if (plan.framework == "symfony") plan.env["APP_ENV"] = "prod";
  if (plan.framework == "laravel") plan.env["LOG_CHANNEL"] = "stderr";
}

}  // namespace

std::optional<Candidate> detect_php(const Folder& folder) {
  Php php{.folder = folder, .composer = {}};
  php.has_composer = folder.has("composer.json");
  const size_t scripts = php.has_composer || folder.has("composer.lock") ? 1 : folder.count({".php"});
  if (scripts == 0) return std::nullopt;
  if (auto root = json::parse(folder.read("composer.json"), "composer.json", json::Dialect::relaxed)) php.composer = *std::move(root);
  find_framework(php);
  Candidate candidate;
  BuildPlan& plan = candidate.plan;
  const bool page = !folder.ending({"index.php"}, 1).empty();
  note(plan, folder, "language", "php", php.has_composer ? "composer.json" : page ? folder.ending({"index.php"}, 1)[0] : folder.ending({".php"}, 1).empty() ? "composer.lock" : folder.ending({".php"}, 1)[0], 0, 0.7);
  find_php_version(plan, php);
  fill_composer(plan, php);
  fill(plan, php);
  if (builds_assets(php)) {
    plan.build_command = asset_commands(folder);
    plan.build_packages = {"nodejs", "npm"};
  }
  const bool known = php.framework && (php.has_composer || folder.count({".php"}) > 0);
  if (known) candidate.score = score::server + 0.03;
  else if (php.has_composer) candidate.score = page ? score::server - 0.05 : json::find(php.composer, {"require"}) ? score::manifest + 0.05 : score::manifest;
  else if (page) candidate.score = folder.has("index.php") || plan.publish_dir.find('/') == std::string::npos ? score::sources + 0.15 : score::sources - 0.05;
  else if (!folder.direct_ending(".php").empty()) candidate.score = score::sources;
  else candidate.score = score::some_sources;
  return candidate;
}

}  // namespace podwright::analyze
