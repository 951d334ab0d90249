#include "analyze/python_app.hh"

#include <algorithm>
#include <array>
#include <tuple>

#include "analyze/draft.hh"
#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct AppClass {
  std::string_view name;
  std::string_view framework;
  std::string_view module;  // that brings the class
  bool asgi;
};

constexpr std::array kClasses = {
    AppClass{"FastAPI", "fastapi", "fastapi", true},        AppClass{"Flask", "flask", "flask", false},
    AppClass{"APIFlask", "flask", "apiflask", false},       AppClass{"OpenAPI", "flask", "flask_openapi3", false},
    AppClass{"Starlette", "starlette", "starlette", true},  AppClass{"Quart", "quart", "quart", true},
    AppClass{"Sanic", "sanic", "sanic", true},              AppClass{"Litestar", "litestar", "litestar", true},
    AppClass{"Dash", "dash", "dash", false},                AppClass{"Bottle", "bottle", "bottle", false},
    AppClass{"default_app", "bottle", "bottle", false},     AppClass{"FastHTML", "fasthtml", "fasthtml", true},
    AppClass{"fast_app", "fasthtml", "fasthtml", true},     AppClass{"get_asgi_application", "django", "django", true},
    AppClass{"get_wsgi_application", "django", "django", false}, AppClass{"API", "falcon", "falcon", false},
    AppClass{"App", "falcon", "falcon", false},             AppClass{"BlackSheep", "blacksheep", "blacksheep", true},
    AppClass{"Application", "blacksheep", "blacksheep", true}, AppClass{"Connexion", "connexion", "connexion", false},
    AppClass{"FlaskApp", "connexion", "connexion", false},  AppClass{"AsyncApp", "connexion", "connexion", true},
    AppClass{"make_wsgi_app", "pyramid", "pyramid", false}, AppClass{"Chalice", "chalice", "chalice", false},
    AppClass{"Robyn", "robyn", "robyn", true}};

std::string module_of(std::string_view file) {
  std::string module(file.substr(0, file.size() - 3));
  if (module.ends_with("/__init__")) module.resize(module.size() - 9);
  return replace_all(std::move(module), "/", ".");
}

// `src/` holds packages but is none itself.
std::pair<std::string, std::string> module_and_folder(const Folder& folder, std::string_view file) {
  for (const std::string_view root : {"src"}) {
    const std::string prefix = std::string(root) + "/";
    if (file.starts_with(prefix) && !folder.has(prefix + "__init__.py")) return {module_of(file.substr(prefix.size())), std::string(root)};
  }
  return {module_of(file), ""};
}

// What stands before " = Class(" in a line: "app", "app: FastAPI", "app, rt".
std::optional<std::string> assigned_name(std::string_view left) {
  left = trim(left);
  left = trim(left.substr(0, left.find_first_of(":,=")));
  const bool name = !left.empty() && std::ranges::all_of(left, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
  return name ? std::optional(std::string(left)) : std::nullopt;
}

// The function around an indented line, when it is one of a module's own: "create_app".
std::optional<std::string> enclosing_function(std::string_view text, size_t at) {
  size_t line_start = text.rfind('\n', at);
  while (line_start != std::string_view::npos && line_start > 0) {
    const size_t start = text.rfind('\n', line_start - 1);
    const std::string_view line = text.substr(start + 1, line_start - start - 1);
    std::string_view rest = line.starts_with("async ") ? line.substr(6) : line;
    if (rest.starts_with("def ")) {
      const std::string_view name = trim(rest.substr(4, rest.find('(') - 4));
      const size_t open = text.find('(', start == std::string_view::npos ? 0 : start + 1);
      for (const auto argument : arguments(bracketed(text, open))) {
        if (!argument.empty() && argument.find('=') == std::string_view::npos && !argument.starts_with('*')) return std::nullopt;
      }
      return std::string(name);
    }
    if (!line.empty() && line[0] != ' ' && line[0] != '\t' && line[0] != ')' && line[0] != '#') return std::nullopt;
    line_start = start;
  }
  return std::nullopt;
}

int name_rank(std::string_view name, bool factory) {
  static constexpr std::array<std::string_view, 6> kUsual = {"app", "application", "api", "server", "create_app", "web"};
  const auto hit = std::ranges::find(kUsual, name);
  return (factory ? 10 : 0) + static_cast<int>(hit - kUsual.begin());
}

int file_rank(std::string_view file) {
  static constexpr std::array<std::string_view, 12> kUsual = {"main.py", "app.py", "server.py", "wsgi.py", "asgi.py", "application.py",
                                            "api.py", "run.py", "index.py", "web.py", "__init__.py", "manage.py"};
  const auto hit = std::ranges::find(kUsual, file_name(file));
  return 4 * static_cast<int>(std::ranges::count(file, '/')) + static_cast<int>(hit - kUsual.begin());
}

std::optional<PythonApp> app_in_call(std::string_view text, const AppClass& kind, size_t at) {
  size_t line_start = text.rfind('\n', at);
  line_start = line_start == std::string_view::npos ? 0 : line_start + 1;
  std::string_view before = text.substr(line_start, at - line_start);
  if (before.ends_with('.')) before = before.substr(0, before.find_last_of(" =(") + 1);  // flask.Flask(
  const bool indented = before.starts_with(' ') || before.starts_with('\t');
  PythonApp app{.framework = std::string(kind.framework), .asgi = kind.asgi, .line = line_at(text, at)};
  const bool returned = trim(before) == "return";
  const auto name = before.find('=') == std::string_view::npos || returned ? std::nullopt : assigned_name(before);
  if (!name && !returned) return std::nullopt;
  if (!indented) {
    app.object = *name;
    return app;
  }
  const auto function = enclosing_function(text, at);
  if (!function || *function == "main") return std::nullopt;
  app.object = *function;
  app.factory = true;
  return app;
}

bool is_module(std::string_view imported, std::string_view module) {
  return imported == module || (imported.starts_with(module) && imported.size() > module.size() && imported[module.size()] == '.');
}

bool makes_application(std::string_view text) {
  return std::ranges::any_of(kClasses, [&](const AppClass& kind) { return text.find(kind.name) != std::string_view::npos; }) ||
         text.find("_app(") != std::string_view::npos || text.find("create_application(") != std::string_view::npos;
}

std::vector<PythonApp> apps_in(std::string_view raw) {
  std::vector<PythonApp> apps;
  if (!makes_application(raw)) return apps;
  const std::string text = without_comments(raw, true);
  const auto imported = python_imports(text);
  for (const AppClass& kind : kClasses) {
    if (std::ranges::none_of(imported, [&](std::string_view each) { return is_module(each, kind.module); })) continue;
    for (size_t at = find_word(text, kind.name); at != std::string::npos; at = find_word(text, kind.name, at + 1)) {
      if (at + kind.name.size() >= text.size() || text[at + kind.name.size()] != '(') continue;
      if (auto app = app_in_call(text, kind, at)) apps.push_back(*std::move(app));
    }
  }
  // `app = create_app()` at module level serves better than its factory.
  for (size_t at = text.find("\n"); at != std::string::npos; at = text.find('\n', at + 1)) {
    const std::string_view line = std::string_view(text).substr(at + 1, text.find('\n', at + 1) - at - 1);
    const size_t equals = line.find(" = ");
    if (equals == std::string_view::npos || line.starts_with(' ')) continue;
    const std::string_view right = trim(line.substr(equals + 3));
    if (!right.starts_with("create_app(") && !right.starts_with("make_app(") && !right.starts_with("build_app(") &&
        !right.starts_with("get_app(") && !right.starts_with("create_application(")) continue;
    if (auto name = assigned_name(line.substr(0, equals))) apps.push_back({.framework = "", .object = *name, .line = line_at(text, at + 1)});
  }
  return apps;
}

bool starts_itself(std::string_view text) {
  const size_t at = text.find("__name__");
  if (at == std::string_view::npos) return false;
  const std::string_view block = text.substr(at);
  return block.find("run(") != std::string_view::npos || block.find("serve") != std::string_view::npos ||
         block.find("main(") != std::string_view::npos || block.find("start(") != std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> python_imports(std::string_view text) {
  std::vector<std::string_view> modules;
  for (std::string_view line : split_lines(text)) {
    line = trim(line);
    const bool from = line.starts_with("from ");
    if (!from && !line.starts_with("import ")) continue;
    line = line.substr(from ? 5 : 7);
    if (from) {
      modules.push_back(line.substr(0, line.find(' ')));
      continue;
    }
    for (const auto one : split(line, ',')) modules.push_back(trim(one).substr(0, trim(one).find_first_of(" #;")));
  }
  return modules;
}

bool imports_module(std::string_view text, std::string_view module) {
  if (text.find(module) == std::string_view::npos) return false;
  return std::ranges::any_of(python_imports(text), [&](std::string_view each) { return is_module(each, module); });
}

std::optional<PythonApp> find_python_app(const Folder& folder, const std::vector<std::string_view>& sources) {
  std::vector<std::pair<int, PythonApp>> ranked;
  std::string factory_framework;
  bool factory_asgi = false;
  for (const auto file : sources) {
    if (is_beside_the_point(file) || file == "setup.py" || file_name(file) == "conftest.py") continue;
    const std::string_view text = folder.read(file);
    for (auto& app : apps_in(text)) {
      app.file = file;
      std::tie(app.module, app.module_folder) = module_and_folder(folder, file);
      app.runs_itself = starts_itself(text);
      if (app.factory) factory_framework = app.framework, factory_asgi = app.asgi;
      const int rank = 20 * name_rank(app.object, app.factory) + file_rank(file);
      ranked.emplace_back(rank, std::move(app));
    }
  }
  for (auto& [rank, app] : ranked) {
    if (app.framework.empty()) app.framework = factory_framework, app.asgi = factory_asgi;
  }
  std::erase_if(ranked, [](const auto& each) { return each.second.framework.empty(); });
  const auto best = std::ranges::min_element(ranked, {}, [](const auto& each) { return each.first; });
  return best == ranked.end() ? std::nullopt : std::optional(best->second);
}

std::optional<DjangoProject> find_django(const Folder& folder) {
  DjangoProject project;
  for (const auto file : folder.ending({"manage.py"}, 20)) {
    if (file_name(file) != "manage.py" || folder.read(file).find("django") == std::string_view::npos) continue;
    project.manage = file;
    project.folder = folder_of(file);
    const std::string_view text = folder.read(file);
    const size_t at = text.find("DJANGO_SETTINGS_MODULE");
    if (at == std::string_view::npos) break;
    const size_t comma = text.find_first_of(",=", at);
    const auto settings = first_string(text.substr(std::min(comma, text.size() - 1)));
    if (!settings) break;
    project.line = line_at(text, at);
    project.settings = joined(project.folder, replace_all(std::string(*settings), ".", "/") + ".py");
    project.package = std::string(settings->substr(0, settings->find('.')));
    break;
  }
  const auto in_project = [&](std::string_view file) {
    return folder.has(joined(project.folder, joined(replace_all(project.package, ".", "/"), file)));
  };
  if (project.package.empty() || (!in_project("wsgi.py") && !in_project("asgi.py"))) {
    for (const auto file : folder.ending({"wsgi.py", "asgi.py"}, 20)) {
      const bool named = file_name(file) == "wsgi.py" || file_name(file) == "asgi.py";
      if (!named || folder.read(file).find("django") == std::string_view::npos) continue;
      std::string_view inner = folder_of(file);
      if (project.manage.empty()) project.folder = std::string(folder_of(inner));
      if (!project.folder.empty() && inner.starts_with(project.folder + "/")) inner.remove_prefix(project.folder.size() + 1);
      project.package = replace_all(std::string(inner), "/", ".");
      break;
    }
  }
  if (project.manage.empty() && project.package.empty()) return std::nullopt;
  project.wsgi = in_project("wsgi.py");
  project.asgi = in_project("asgi.py");
  return project;
}

std::string find_python_script(const Folder& folder, const std::vector<std::string_view>& sources) {
  static constexpr std::array<std::string_view, 16> kNames = {"main.py", "app.py", "server.py", "run.py", "application.py", "start.py",
                                            "bot.py",  "wsgi.py", "index.py", "api.py", "web.py", "hello.py",
                                            "__main__.py", "worker.py", "cli.py", "manage.py"};
  for (const auto name : kNames) {
    if (folder.has(name)) return std::string(name);
  }
  for (const auto file : sources) {  // a package that can be run, or src/main.py
    if (file_name(file) == "__main__.py" && !is_beside_the_point(file)) {
      std::string package(folder_of(file));
      if (package.starts_with("src/")) package = package.substr(4);
      return "-m " + replace_all(package, "/", ".");
    }
  }
  std::vector<std::string_view> mains, direct;
  for (const auto file : sources) {
    if (is_beside_the_point(file) || file_name(file) == "setup.py" || file_name(file) == "conftest.py") continue;
    if (folder_of(file).empty()) direct.push_back(file);
    const auto hit = std::ranges::find(kNames, file_name(file));
    if (hit != kNames.end() && std::ranges::count(file, '/') <= 2) mains.push_back(file);
  }
  if (direct.size() == 1) return std::string(direct[0]);
  for (const auto file : direct) {
    if (folder.read(file).find("__main__") != std::string_view::npos) return std::string(file);
  }
  std::ranges::sort(mains, {}, [](std::string_view file) { return std::tuple(file_rank(file), std::ranges::count(file, '/'), file); });
  if (!mains.empty()) return std::string(mains[0]);
  return direct.empty() ? "" : std::string(direct[0]);
}

}  // namespace podwright::analyze
