// Ruby: Rails, the small web frameworks, anything with a config.ru, and plain scripts.
#include <algorithm>
#include <array>
#include <map>

#include "analyze/detector.hh"
#include "analyze/scan.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Gems {
  std::map<std::string, int, std::less<>> lines;  // name → line in the file that says it
  std::string ruby;                               // the constraint of a "ruby" line
  int ruby_line = 0;
};

// gem "name", … and ruby "3.3.0"; comments and groups do not matter here.
Gems read_gemfile(std::string_view text) {
  Gems gems;
  int number = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    line = trim(line);
    const bool is_gem = line.starts_with("gem ") || line.starts_with("gem(");
    const bool is_ruby = line.starts_with("ruby ") || line.starts_with("ruby(");
    if (!is_gem && !is_ruby) continue;
    const auto value = first_string(line);
    if (!value) continue;
    if (is_gem) gems.lines.try_emplace(std::string(*value), number);
    else if (gems.ruby.empty()) gems.ruby = *value, gems.ruby_line = number;
  }
  return gems;
}

// The direct dependencies and the Ruby version of a lock file.
Gems read_lock(std::string_view text) {
  Gems gems;
  std::string_view section;
  int number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (!line.starts_with(' ')) section = trim(line);
    else if (section == "DEPENDENCIES") gems.lines.try_emplace(std::string(trim(line).substr(0, trim(line).find_first_of(" !"))), number);
    else if (section == "RUBY VERSION" && gems.ruby.empty()) gems.ruby = version_number(line), gems.ruby_line = number;
  }
  return gems;
}

struct Known {
  std::string_view gem;
  std::string_view name;
  int port;
};

constexpr std::array kKnown = {Known{"rails", "rails", 3000},       Known{"railties", "rails", 3000},   Known{"hanami", "hanami", 2300},
                               Known{"sinatra", "sinatra", 4567},   Known{"roda", "roda", 9292},        Known{"grape", "grape", 9292},
                               Known{"padrino", "padrino", 3000},   Known{"cuba", "cuba", 9292},        Known{"jekyll", "jekyll", 4000},
                               Known{"middleman", "middleman", 4567}, Known{"functions_framework", "functions-framework", 8080},
                               Known{"rack", "rack", 9292}};

struct Ruby {
  const Folder& folder;
  Gems gems;
  std::string gem_file;
  std::string framework;
  int port = 0;
  bool has_gem(std::string_view name) const { return gems.lines.contains(name); }
};

void find_framework(BuildPlan& plan, Ruby& ruby) {
  for (const Known& known : kKnown) {
    const auto at = ruby.gems.lines.find(known.gem);
    if (at == ruby.gems.lines.end()) continue;
    ruby.framework = known.name;
    ruby.port = known.port;
    return note(plan, ruby.folder, "framework", known.name, ruby.gem_file, at->second, 1.0);
  }
  if (ruby.folder.has("config/application.rb") && ruby.folder.read("config/application.rb").find("Rails") != std::string_view::npos) {
    ruby.framework = "rails";
    ruby.port = 3000;
    return note(plan, ruby.folder, "framework", "rails", "config/application.rb", 0, 0.9);
  }
  for (const std::string_view file : ruby.folder.ending({".rb", ".ru"}, 20)) {
    if (const int line = line_of(ruby.folder.read(file), "'sinatra") + line_of(ruby.folder.read(file), "\"sinatra")) {
      ruby.framework = "sinatra";
      ruby.port = 4567;
      return note(plan, ruby.folder, "framework", "sinatra", file, line, 0.9);
    }
  }
}

std::string entry_of(const Ruby& ruby) {
  const std::string_view named = ruby.folder.first_of({"app.rb", "main.rb", "server.rb", "web.rb", "index.rb", "application.rb", "run.rb", "bot.rb", "worker.rb",
                                                        "lib/main.rb", "src/main.rb", "src/app.rb", "lib/app.rb", "hello.rb", "script.rb"});
  if (!named.empty()) return std::string(named);
  for (const std::string_view file : ruby.folder.direct()) {
    if (file.ends_with(".rb") && !ruby.framework.empty() && ruby.folder.read(file).find(ruby.framework) != std::string_view::npos) return std::string(file);
  }
  const auto scripts = std::count_if(ruby.folder.direct().begin(), ruby.folder.direct().end(), [](std::string_view file) { return file.ends_with(".rb"); });
  return scripts == 1 ? std::string(ruby.folder.direct_ending(".rb")) : "";
}

struct Start {
  std::string command;
  std::string file;
  bool honors_port = false;
  int port = 0;
};

Start start_of(const Ruby& ruby) {
  const std::string exec = ruby.gem_file.empty() ? "" : "bundle exec ";
  if (ruby.framework == "rails") {
    if (ruby.folder.has("bin/rails")) return {"bin/rails server -b 0.0.0.0", "bin/rails", true, 3000};
    if (ruby.has_gem("puma") && ruby.folder.has("config/puma.rb")) return {exec + "puma -C config/puma.rb", "config/puma.rb", true, 3000};
    return {exec + "rails server -b 0.0.0.0", ruby.gem_file, true, 3000};
  }
  if (ruby.framework == "functions-framework") return {exec + "functions-framework-ruby", ruby.gem_file, true, 8080};
  if (ruby.folder.has("config.ru")) {
    const int port = 9292;
    if (ruby.folder.has("config/puma.rb")) return {exec + "puma -C config/puma.rb", "config/puma.rb", true, port};
    if (ruby.has_gem("puma")) return {exec + "puma -b tcp://0.0.0.0:${PORT:-9292}", "config.ru", true, port};
    if (ruby.has_gem("thin")) return {exec + "thin start -a 0.0.0.0 -p ${PORT:-9292}", "config.ru", true, port};
    if (ruby.has_gem("unicorn")) return {exec + "unicorn -o 0.0.0.0 -p ${PORT:-8080}", "config.ru", true, 8080};
    if (ruby.has_gem("falcon")) return {exec + "falcon serve --bind http://0.0.0.0:${PORT:-9292}", "config.ru", true, port};
    if (ruby.has_gem("passenger")) return {exec + "passenger start --port ${PORT:-3000}", "config.ru", true, 3000};
    return {exec + "rackup --host 0.0.0.0 --port ${PORT:-9292}", "config.ru", true, port};
  }
  const std::string entry = entry_of(ruby);
  if (!entry.empty()) return {exec + "ruby " + entry + (ruby.framework == "sinatra" ? " -o 0.0.0.0" : ""), entry, false, ruby.port};
  if (ruby.folder.has("Rakefile") && !ruby.gem_file.empty()) return {exec + "rake", "Rakefile", false, 0};
  return {};
}

void find_ruby_version(BuildPlan& plan, const Ruby& ruby) {
  auto found = find_version(ruby.folder, {".ruby-version"}, {"ruby"});
  if (!found && !ruby.gems.ruby.empty()) found = {ruby.gems.ruby, ruby.folder.in_source(ruby.gem_file), ruby.gems.ruby_line};
  if (!found) {
    plan.version = "3.3";
    return;
  }
  std::string_view constraint = found->constraint;
  if (constraint.starts_with("ruby-")) constraint.remove_prefix(5);
  const auto fit = newest_allowed(constraint, {"3.3", "3.4", "3.2", "3.1", "3.0", "2.7", "2.6", "2.5"});
  apply_version(plan, *found, fit.value_or("3.3"));
}

void fill_bundler(BuildPlan& plan, const Ruby& ruby) {
  if (ruby.gem_file.empty()) return;
  const bool locked = !ruby.folder.first_of({"Gemfile.lock", "gems.locked"}).empty();
  plan.package_manager = "bundler";
  plan.install_command = "bundle install";
  plan.caches.push_back({"/root/.bundle/cache"});
  plan.env["BUNDLE_WITHOUT"] = "development:test";
  if (locked) plan.env["BUNDLE_DEPLOYMENT"] = "1";
  else plan.warnings.push_back("no Gemfile.lock: Bundler installs what is newest today; commit one to get the same again");
  note(plan, ruby.folder, "packageManager", "bundler", ruby.gem_file, 0, 1.0);
  for (const std::string_view file : {"Gemfile", "Gemfile.lock", "gems.rb", "gems.locked", ".ruby-version", ".tool-versions"}) {
    if (ruby.folder.has(file)) plan.manifest_files.push_back(ruby.folder.in_source(file));
  }
  for (const std::string_view file : ruby.folder.direct()) {
    if (file.ends_with(".gemspec")) plan.manifest_files.clear();  // it reads the sources
  }
  plan.build_packages = {"build-essential", "libyaml-dev", "pkg-config"};
  if (ruby.has_gem("pg")) plan.build_packages.push_back("libpq-dev"), plan.run_packages.push_back("libpq5");
  if (ruby.has_gem("mysql2")) plan.build_packages.push_back("default-libmysqlclient-dev"), plan.run_packages.push_back("libmariadb3");
  if (ruby.has_gem("sqlite3")) plan.build_packages.push_back("libsqlite3-dev"), plan.run_packages.push_back("libsqlite3-0");
}

void fill_rails(BuildPlan& plan, const Ruby& ruby) {
  plan.env["RAILS_ENV"] = "production";
  plan.env["RAILS_LOG_TO_STDOUT"] = "1";
  plan.env["RAILS_SERVE_STATIC_FILES"] = "1";
  const std::string rails = ruby.folder.has("bin/rails") ? "bin/rails" : "bundle exec rails";
  const bool assets = ruby.folder.has_any_below("app/assets") || ruby.has_gem("sprockets-rails") || ruby.has_gem("propshaft");
  if (assets) plan.build_command = "SECRET_KEY_BASE_DUMMY=1 " + rails + " assets:precompile";
  if (ruby.folder.has_any_below("db/migrate") || ruby.folder.has("db/schema.rb")) plan.release_command = rails + " db:prepare";
  if (ruby.folder.has("package.json") && ruby.folder.has("yarn.lock")) plan.build_packages.insert(plan.build_packages.end(), {"nodejs", "npm", "yarnpkg"});
  else if (ruby.folder.has("package.json")) plan.build_packages.insert(plan.build_packages.end(), {"nodejs", "npm"});
  plan.env_needs.push_back({"SECRET_KEY_BASE", true, std::nullopt, "", 0});
}

void find_listening(BuildPlan& plan, const Ruby& ruby, const Start& start) {
  static constexpr std::array<std::string_view, 6> kCalls = {":port,", "port:", "Port:", "TCPServer.new", "port", ":Port =>"};
  plan.port = start.port;
  plan.honors_port = start.honors_port;
  std::vector<std::string_view> files;
  for (const std::string_view file : {std::string_view("config/puma.rb"), std::string_view("puma.rb"), std::string_view(start.file)}) {
    if (ruby.folder.has(file) && (file.ends_with(".rb"))) files.push_back(file);
  }
  if (const auto found = find_port(ruby.folder, files, kCalls); found && found->port) return apply_port(plan, ruby.folder, *found, 0.9);
  if (const auto read = find_port_read(ruby.folder, files)) {
    plan.honors_port = true;
    if (read->port) return apply_port(plan, ruby.folder, *read, 0.9);
  }
  if (plan.port) note(plan, ruby.folder, "port", std::to_string(plan.port), "", 0, 0.4);
}

double score_of(const Ruby& ruby, const Start& start) {
  const bool is_site = ruby.framework == "jekyll" && start.command.empty();
  if (is_site) return score::tooling;  // detect_static knows how to build it
  if (!ruby.framework.empty() && !ruby.gem_file.empty() && !start.command.empty()) return score::server + 0.03;
  if (ruby.folder.has("config.ru")) return score::server - 0.05;
  if (!ruby.gem_file.empty()) return start.command.empty() ? (ruby.framework.empty() ? score::manifest - 0.1 : score::manifest) : score::application;
  if (!ruby.framework.empty()) return score::sources + 0.1;
  if (!start.command.empty() && start.file.ends_with(".rb") && folder_of(start.file).empty()) return score::sources;
  return score::some_sources;
}

}  // namespace

std::optional<Candidate> detect_ruby(const Folder& folder) {
  Ruby ruby{.folder = folder, .gems = {}, .gem_file = {}, .framework = {}};
  ruby.gem_file = folder.first_of({"Gemfile", "gems.rb", "Gemfile.lock", "gems.locked"});
  const bool rack = folder.has("config.ru");
  if (ruby.gem_file.empty() && !rack && folder.count({".rb"}) == 0) return std::nullopt;
  const std::string_view lock = folder.first_of({"Gemfile.lock", "gems.locked"});
  ruby.gems = ruby.gem_file == lock ? read_lock(folder.read(lock)) : read_gemfile(folder.read(ruby.gem_file));
  if (ruby.gems.ruby.empty()) ruby.gems.ruby = read_lock(folder.read(lock)).ruby;
  Candidate candidate;
  BuildPlan& plan = candidate.plan;
  plan.language = "ruby";
  plan.runtime = RuntimeKind::ruby;
  const auto sources = folder.ending({".rb"}, 1);
  note(plan, folder, "language", "ruby", !ruby.gem_file.empty() ? std::string_view(ruby.gem_file) : rack ? "config.ru" : sources[0], 0, 0.7);
  find_framework(plan, ruby);
  plan.framework = ruby.framework;
  find_ruby_version(plan, ruby);
  fill_bundler(plan, ruby);
  const Start start = start_of(ruby);
  plan.start_command = start.command;
  if (!start.command.empty()) note(plan, folder, "startCommand", start.command, start.file, 0, 0.7);
  plan.env["RACK_ENV"] = "production";
  if (ruby.framework == "rails") fill_rails(plan, ruby);
  find_listening(plan, ruby, start);
  candidate.score = score_of(ruby, start);
  return candidate;
}

}  // namespace podwright::analyze
