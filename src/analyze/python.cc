// Python: pip, uv, Poetry, PDM, Pipenv, conda; Django, ASGI and WSGI applications, Streamlit and its kin, scripts.
#include <algorithm>
#include <array>

#include "analyze/draft.hh"
#include "analyze/python_app.hh"
#include "analyze/python_dependencies.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

constexpr std::array<std::string_view, 5> kRunCalls = {"run", "serve", "run_app", "launch", "listen"};
constexpr std::array<std::string_view, 9> kServeCalls = {"run", "serve", "run_app", "listen", "TCPSite", "HTTPServer",
                                                        "TCPServer", "ThreadingHTTPServer", "make_server"};

class PythonDraft {
 public:
  explicit PythonDraft(const Folder& folder)
      : folder_(folder), project_(read_python_project(folder)), sources_(folder.ending({".py"})) {
    if (project_.package_manager.empty()) std::erase_if(sources_, [this](std::string_view file) { return belongs_below(file); });
  }

  std::optional<Candidate> draft() {
    if (project_.package_manager.empty() && sources_.empty()) return std::nullopt;
    const std::string_view why = !project_.manifest.empty() ? std::string_view(project_.manifest) : sources_.front();
    candidate_ = analyze::draft(folder_, "python", RuntimeKind::python, score::manifest, why);
    plan().warnings = project_.warnings;
    install();
    version();
    const bool found = django() || tool_app() || served_object() || script();
    candidate_.score = score_for(found);
    plan().env.emplace("PYTHONUNBUFFERED", "1");
    add_native_packages();
    return std::move(candidate_);
  }

 private:
  BuildPlan& plan() { return candidate_.plan; }

  // A folder between here and the file has a manifest of its own.
  bool belongs_below(std::string_view file) const {
    for (std::string_view at = folder_of(file); !at.empty(); at = folder_of(at)) {
      for (const std::string_view manifest : {"requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "environment.yml"}) {
        if (folder_.has(joined(at, manifest))) return true;
      }
    }
    return false;
  }

  double score_for(bool found) const {
    const bool direct_entry = std::ranges::any_of(sources_, [](auto file) { return folder_of(file).empty() && file != "setup.py"; });
    if (project_.package_manager.empty()) {
      if (!found) return score::some_sources;
      return serves_ && (direct_entry || folder_.has("manage.py")) ? score::application - 0.1 : direct_entry ? score::sources : score::some_sources;
    }
    if (sources_.empty()) return score::sources - 0.05;
    return serves_ ? score::server : found ? score::application : score::manifest;
  }

  void install() {
    const std::string& manager = project_.package_manager;
    plan().package_manager = manager == "conda" || manager.empty() ? (manager.empty() ? "pip" : "conda") : manager;
    plan().name = project_.name;
    add_manifests(plan(), folder_, {"requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "poetry.toml", "pdm.lock",
                                    "pixi.toml", "pixi.lock", "Pipfile", "Pipfile.lock", "setup.py", "setup.cfg", ".python-version", "environment.yml"});
    if (!project_.requirements.empty() && project_.requirements != "requirements.txt") {
      for (const auto file : folder_.files()) {
        if (file.starts_with("requirements") && (file.ends_with(".txt") || file.ends_with(".in"))) add_manifests(plan(), folder_, {file});
      }
    }
    if (!manager.empty()) note(plan(), folder_, "packageManager", plan().package_manager, project_.manifest, 0, 1.0);
    if (manager == "pip") install_with_pip();
    if (manager == "uv") install_with_uv();
    if (manager == "poetry") install_with_poetry();
    if (manager == "pdm") plan().install_command = folder_.has("pdm.lock") ? "pdm install --prod --frozen-lockfile --no-self" : "pdm install --prod --no-self";
    if (manager == "pipenv") plan().install_command = folder_.has("Pipfile.lock") ? "pipenv install --deploy" : "pipenv install --skip-lock";
    if (manager == "conda") {
      std::string names;
      for (const auto& [name, dependency] : project_.dependencies) names += " " + shell_word(name);
      if (!names.empty()) plan().install_command = "pip install" + names;
      plan().warnings.push_back(project_.manifest + " names conda packages: they are installed by pip, without their version pins");
    }
    if (project_.needs_sources) plan().manifest_files.clear();
    static constexpr std::pair<std::string_view, std::string_view> kCaches[] = {
        {"pip", "/root/.cache/pip"}, {"uv", "/root/.cache/uv"}, {"poetry", "/root/.cache/pypoetry"},
        {"pdm", "/root/.cache/pdm"}, {"pipenv", "/root/.cache/pipenv"}};
    for (const auto& [name, path] : kCaches) {
      if (name == plan().package_manager) plan().caches.push_back({std::string(path)});
    }
  }

  void install_with_pip() {
    if (!project_.requirements.empty()) {
      plan().install_command = "pip install -r " + shell_word(project_.requirements);
      return;
    }
    plan().install_command = "pip install .";
    plan().manifest_files.clear();  // installing the project needs all of its sources
  }

  bool needs_itself() const { return project_.builds_package && (!project_.scripts.empty() || folder_.has_any_below("src")); }

  void install_with_uv() {
    const std::string locked = folder_.has("uv.lock") ? " --locked" : "";
    const bool two_steps = project_.builds_package;
    plan().install_command = "uv sync" + locked + " --no-dev" + (two_steps ? " --no-install-project" : "");
    if (two_steps) plan().build_command = "uv sync" + locked + " --no-dev";
  }

  void install_with_poetry() {
    plan().install_command = "poetry install --only main --no-root";
    if (needs_itself()) plan().build_command = "poetry install --only-root";
    if (!folder_.has("poetry.lock")) plan().warnings.push_back("there is no poetry.lock: the newest allowed versions are installed");
  }

  void version() {
    auto found = find_version(folder_, {"runtime.txt", ".python-version"}, {"python"});
    if (!found && !project_.constraint.empty()) {
      found = VersionFinding{project_.constraint, folder_.in_source(project_.constraint_file), project_.constraint_line};
    }
    plan().version = "3.13";
    if (!found) return;
    std::string constraint = found->constraint;
    if (constraint.starts_with("python-")) constraint = constraint.substr(7);
    const bool range = constraint.find_first_of("<>=^~!*,|") != std::string::npos;
    std::string resolved = version_parts(version_number(constraint), 2);
    if (range) {
      const auto newest = newest_allowed(constraint, {"3.13", "3.12", "3.11", "3.10", "3.9", "3.8", "3.14", "3.7", "3.6", "2.7"});
      resolved = newest.value_or("3.13");
    } else if (resolved.find('.') == std::string::npos) {
      resolved = "3.13";
    }
    apply_version(plan(), *found, resolved);
  }

  // A command of the dependency manager's own environment needs no prefix: the builder puts it on PATH.
  void start(std::string command, std::string_view file, int line, double weight) {
    set_start(plan(), folder_, std::move(command), file, line, weight);
  }

  void framework(std::string_view name, std::string_view package, std::string_view file, int line) {
    const auto dependency = project_.dependencies.find(package);
    if (dependency != project_.dependencies.end()) set_framework(plan(), folder_, name, dependency->second.file, dependency->second.line);
    else set_framework(plan(), folder_, name, file, line);
  }

  void serve_on(int fallback, std::string_view file) {
    serves_ = true;
    default_port(plan(), folder_, fallback, true, file);
  }

  bool django() {
    const auto found = find_django(folder_);
    if (!found || (!project_.dependencies.empty() && !project_.has("django") && found->manage.empty())) return false;
    const std::string why = found->manage.empty() ? joined(found->folder, replace_all(found->package, ".", "/") + "/wsgi.py") : found->manage;
    framework("django", "django", why, found->line);
    serve_on(8000, why);
    const std::string& package = found->package;
    const std::string chdir = found->folder.empty() ? "" : " --chdir " + shell_word(found->folder);
    const bool has_uvicorn = project_.has("uvicorn");
    if (found->asgi && project_.has("daphne")) {
      start(inside(found->folder, "daphne -b 0.0.0.0 -p $PORT " + package + ".asgi:application"), why, found->line, 0.7);
    } else if (project_.has("gunicorn") && (found->wsgi || (found->asgi && has_uvicorn) || found->manage.empty())) {
      const bool worker = found->asgi && !found->wsgi && has_uvicorn;
      start("gunicorn " + package + (worker ? ".asgi" : ".wsgi") + ":application" + (worker ? " -k uvicorn.workers.UvicornWorker" : "") +
                " --bind 0.0.0.0:$PORT" + chdir, why, found->line, 0.7);
    } else if (found->asgi && (has_uvicorn || project_.has("hypercorn"))) {
      start(has_uvicorn ? "uvicorn " + package + ".asgi:application --host 0.0.0.0 --port $PORT" +
                              (found->folder.empty() ? "" : " --app-dir " + shell_word(found->folder))
                        : inside(found->folder, "hypercorn " + package + ".asgi:application --bind 0.0.0.0:$PORT"),
            why, found->line, 0.7);
    } else if (project_.has("waitress")) {
      start(inside(found->folder, "waitress-serve --host=0.0.0.0 --port=$PORT " + package + ".wsgi:application"), why, found->line, 0.7);
    } else {
      start("python " + shell_word(found->manage.empty() ? "manage.py" : found->manage) + " runserver 0.0.0.0:$PORT", why, found->line, 0.7);
      plan().warnings.push_back("no WSGI or ASGI server is among the dependencies, so Django's development server is started: add gunicorn");
    }
    django_steps(*found);
    return true;
  }

  std::string inside(const std::string& folder, std::string command) {
    return folder.empty() ? command : "cd " + shell_word(folder) + " && " + command;
  }

  void django_steps(const DjangoProject& found) {
    if (found.manage.empty()) return;
    const std::string manage = "python " + shell_word(found.manage);
    bool databases = false, static_root = false;
    for (const auto file : sources_) {
      if (file.find("settings") == std::string_view::npos) continue;
      const std::string text = without_comments(folder_.read(file), true);
      databases = databases || has_word(text, "DATABASES") || has_word(text, "DATABASE_URL");
      static_root = static_root || has_word(text, "STATIC_ROOT");
    }
    if (databases) {
      plan().release_command = manage + " migrate --noinput";
      note(plan(), folder_, "releaseCommand", plan().release_command, found.settings, 0, 0.7);
    }
    if (static_root) plan().build_command += (plan().build_command.empty() ? "" : " && ") + manage + " collectstatic --noinput";
  }

  struct Tool {
    std::string_view package;
    std::string_view module;
    std::string_view command;  // {} is the file
    int port;
    bool honors_port;
  };

  // Applications that a tool of the framework's own serves.
  bool tool_app() {
    static constexpr Tool kTools[] = {
        {"streamlit", "streamlit", "streamlit run {} --server.port $PORT --server.address 0.0.0.0", 8501, true},
        {"chainlit", "chainlit", "chainlit run {} --host 0.0.0.0 --port $PORT --headless", 8000, true},
        {"panel", "panel", "panel serve {} --address 0.0.0.0 --port $PORT --allow-websocket-origin='*'", 5006, true},
        {"solara", "solara", "solara run {} --host 0.0.0.0 --port $PORT", 8765, true},
        {"mesop", "mesop", "mesop {} --port $PORT", 32123, true},
        {"reflex", "reflex", "reflex run --env prod", 3000, false},
        {"functions-framework", "functions_framework", "functions-framework --source {} --target {target} --host 0.0.0.0 --port $PORT", 8080, true},
        {"gradio", "gradio", "python {}", 7860, false},
        {"nicegui", "nicegui", "python {}", 8080, false}};
    for (const Tool& tool : kTools) {
      if (!project_.dependencies.empty() && !project_.has(tool.package)) continue;
      const auto file = file_importing(tool.module);
      if (file.empty() || (tool.module == "gradio" && served_by_asgi(file))) continue;
      const int line = line_of(folder_.read(file), tool.module);
      framework(tool.package, tool.package, file, line);
      std::string command = replace_all(std::string(tool.command), "{}", shell_word(file));
      start(replace_all(std::move(command), "{target}", function_target(file)), file, line, 0.7);
      serves_ = true;
      if (tool.honors_port) default_port(plan(), folder_, tool.port, true, file);
      else own_port(file, tool.port);
      if (tool.module == "gradio") plan().env.emplace("GRADIO_SERVER_NAME", "0.0.0.0");
      return true;
    }
    return false;
  }

  std::string function_target(std::string_view file) const {
    const std::string_view text = folder_.read(file);
    const size_t decorated = text.find("@functions_framework");
    const size_t at = decorated == std::string_view::npos ? text.find("def ") : text.find("def ", decorated);
    if (at == std::string_view::npos) return "main";
    return std::string(trim(text.substr(at + 4, text.find('(', at) - at - 4)));
  }

  bool served_by_asgi(std::string_view file) const { return folder_.read(file).find("mount_gradio_app") != std::string_view::npos; }

  std::string_view file_importing(std::string_view module) const {
    static constexpr std::array<std::string_view, 7> kFirst = {"streamlit_app.py", "app.py", "main.py", "Home.py", "index.py", "server.py", "run.py"};
    std::string_view best;
    size_t best_rank = 99;
    for (const auto file : sources_) {
      if (is_beside_the_point(file) || !imports_module(folder_.read(file), module)) continue;
      const size_t rank = static_cast<size_t>(std::ranges::find(kFirst, file_name(file)) - kFirst.begin()) +
                          8 * static_cast<size_t>(std::ranges::count(file, '/'));
      if (rank < best_rank) best = file, best_rank = rank;
    }
    return best;
  }

  // The port of an application that opens it by its own code.
  void own_port(std::string_view file, int fallback) {
    std::vector<std::string_view> files{file};
    for (const auto other : sources_) {
      if (other != file && files.size() < 60) files.push_back(other);
    }
    find_and_apply_port(plan(), folder_, files, kServeCalls, fallback);
  }

  bool served_object() {
    const auto app = find_python_app(folder_, sources_);
    if (!app) return false;
    framework(app->framework, app->framework == "fasthtml" ? "python-fasthtml" : std::string_view(app->framework), app->file, app->line);
    serves_ = true;
    if (app->asgi) start_asgi(*app);
    else start_wsgi(*app);
    if (plan().start_command.empty()) start_script(*app);
    return true;
  }

  static int framework_port(const PythonApp& app) {
    if (app.framework == "flask" || app.framework == "quart" || app.framework == "fasthtml") return 5000 + (app.framework == "fasthtml");
    if (app.framework == "dash") return 8050;
    if (app.framework == "bottle") return 8080;
    return 8000;
  }

  // A server on $PORT; the port that the source would use itself is the one to expect.
  void listen_as(const PythonApp& app, int fallback) {
    const std::array files{std::string_view(app.file)};
    const auto found = find_port(folder_, files, kRunCalls);
    if (!found || !found->port) return default_port(plan(), folder_, fallback, true, app.file);
    PortFinding finding = *found;
    finding.honors_port = true;
    finding.loopback = false;
    apply_port(plan(), folder_, finding, 0.7);
  }

  void start_asgi(const PythonApp& app) {
    const std::string target = app.module + ":" + app.object;
    const std::string folder = app.module_folder.empty() ? "" : " --app-dir " + app.module_folder;
    if (app.framework == "sanic" && !app.factory) {
      start("sanic " + target + " --host=0.0.0.0 --port=$PORT", app.file, app.line, 0.7);
      return listen_as(app, 8000);
    }
    if (app.framework == "robyn") return;
    const bool bundled = app.framework == "fastapi" || app.framework == "fasthtml" || app.framework == "starlette" ||
                         app.framework == "litestar" || app.framework == "django";
    if (project_.has("hypercorn") && !project_.has("uvicorn")) {
      start(inside(app.module_folder, "hypercorn '" + target + (app.factory ? "()" : "") + "' --bind 0.0.0.0:$PORT"), app.file, app.line, 0.7);
      if (!app.factory) plan().start_command = replace_all(plan().start_command, "'", "");
    } else if (project_.has("daphne") && !project_.has("uvicorn")) {
      start(inside(app.module_folder, "daphne -b 0.0.0.0 -p $PORT " + target), app.file, app.line, 0.7);
    } else if (project_.has("granian") && !project_.has("uvicorn")) {
      start(inside(app.module_folder, "granian --interface asgi --host 0.0.0.0 --port $PORT " + target), app.file, app.line, 0.7);
    } else if (app.framework == "quart" && !project_.has("uvicorn")) {
      start(inside(app.module_folder, "hypercorn " + target + " --bind 0.0.0.0:$PORT"), app.file, app.line, 0.7);  // Quart brings it
    } else if (project_.has("uvicorn") || has_standard_extra() || bundled) {
      start("uvicorn " + target + " --host 0.0.0.0 --port $PORT" + (app.factory ? " --factory" : "") + folder, app.file, app.line, 0.7);
      if (!project_.dependencies.empty() && !project_.has("uvicorn") && !has_standard_extra() && app.framework != "fasthtml") {
        plan().warnings.push_back("no ASGI server is among the dependencies: add uvicorn, which the start command needs");
      }
    }
    if (!plan().start_command.empty()) listen_as(app, framework_port(app));
  }

  bool has_standard_extra() const {
    const auto fastapi = project_.dependencies.find("fastapi");
    return fastapi != project_.dependencies.end() && !fastapi->second.extras.empty();
  }

  void start_wsgi(const PythonApp& app) {
    std::string object = app.object;
    if (app.framework == "dash") {
      if (has_word(folder_.read(app.file), "server") && folder_.read(app.file).find("server = ") != std::string_view::npos) object = "server";
      else object += ".server";
    }
    const std::string folder = app.module_folder.empty() ? "" : " --chdir " + app.module_folder;
    const std::string target = app.module + ":" + object;
    if (project_.has("gunicorn")) {
      const std::string quoted = app.factory ? "'" + target + "()'" : target;
      start("gunicorn " + quoted + " --bind 0.0.0.0:$PORT" + folder, app.file, app.line, 0.7);
    } else if (project_.has("waitress")) {
      start(inside(app.module_folder, "waitress-serve --host=0.0.0.0 --port=$PORT " + std::string(app.factory ? "--call " : "") + target), app.file, app.line, 0.7);
    } else if (project_.has("uwsgi")) {
      start(inside(app.module_folder, "uwsgi --http 0.0.0.0:$PORT --module " + target), app.file, app.line, 0.7);
    } else if (app.runs_itself && listens_everywhere(app)) {
      return;  // its own script knows best
    } else if (project_.scripts.size() == 1 && project_.builds_package) {
      start(shell_word(project_.scripts.begin()->first), "pyproject.toml", line_of(folder_.read("pyproject.toml"), "scripts"), 0.7);
      return own_port(app.file, framework_port(app));
    } else if (app.framework == "flask") {
      start(inside(app.module_folder, "flask --app " + app.module + (app.object == "app" || app.factory ? "" : ":" + app.object) +
                                          " run --host 0.0.0.0 --port $PORT"), app.file, app.line, 0.7);
      plan().warnings.push_back("no WSGI server is among the dependencies, so Flask's development server is started: add gunicorn");
    } else {
      return;
    }
    listen_as(app, project_.has("gunicorn") ? 8000 : framework_port(app));
  }

  bool listens_everywhere(const PythonApp& app) const { return folder_.read(app.file).find("0.0.0.0") != std::string_view::npos; }

  void start_script(const PythonApp& app) {
    std::string file = app.file;
    if (!app.runs_itself) {
      if (auto script = find_python_script(folder_, sources_); !script.empty()) file = script;
    }
    start("python " + (file.starts_with("-m ") ? file : shell_word(file)), app.file, app.line, 0.7);
    own_port(app.file, framework_port(app));
  }

  bool celery_worker() {
    if (!project_.has("celery")) return false;
    for (const auto file : sources_) {
      const std::string_view text = folder_.read(file);
      if (is_beside_the_point(file) || !imports_module(text, "celery") || text.find(" = Celery(") == std::string_view::npos) continue;
      set_framework(plan(), folder_, "celery", file, line_of(text, "Celery("));
      start("celery --app " + replace_all(std::string(file.substr(0, file.size() - 3)), "/", ".") + " worker", file, line_of(text, "Celery("), 0.7);
      return true;
    }
    return false;
  }

  bool script() {
    std::string file = find_python_script(folder_, sources_);
    if (file_name(file) != "main.py" && file_name(file) != "app.py" && celery_worker()) return true;
    if (project_.scripts.size() == 1 && project_.builds_package && (file.empty() || file.find('/') != std::string::npos || file.starts_with("-m"))) {
      start(shell_word(project_.scripts.begin()->first), "pyproject.toml", 0, 0.7);
    } else if (!file.empty()) {
      start("python " + (file.starts_with("-m ") ? file : shell_word(file)), file.starts_with("-m ") ? "" : file, 0, 0.7);
    } else {
      return false;
    }
    name_library();
    if (file.starts_with("-m ")) file = replace_all(file.substr(3), ".", "/") + "/__main__.py";
    own_port(file, 0);
    serves_ = plan().port != 0;
    return true;
  }

  // Servers without an object that another server could serve.
  void name_library() {
    for (const std::string_view name : {"aiohttp", "tornado", "cherrypy", "pyramid", "falcon", "bottle", "flask", "fastapi", "starlette"}) {
      if (project_.has(name)) return framework(name, name, "", 0);
    }
  }

  // Packages that compile against a C library when no wheel fits.
  void add_native_packages() {
    struct Native {
      std::string_view package;
      std::initializer_list<const char*> build;
      std::initializer_list<const char*> run;
    };
    static const Native kNative[] = {{"psycopg2", {"gcc", "libpq-dev"}, {"libpq5"}},
                                     {"psycopg", {}, {"libpq5"}},
                                     {"mysqlclient", {"gcc", "pkg-config", "default-libmysqlclient-dev"}, {"libmariadb3"}},
                                     {"pycairo", {"gcc", "pkg-config", "libcairo2-dev"}, {"libcairo2"}},
                                     {"weasyprint", {}, {"libpango-1.0-0", "libpangoft2-1.0-0"}},
                                     {"python-ldap", {"gcc", "libldap-dev", "libsasl2-dev"}, {"libldap2"}},
                                     {"uwsgi", {"gcc"}, {}}};
    for (const Native& one : kNative) {
      if (!project_.has(one.package)) continue;
      plan().build_packages.insert(plan().build_packages.end(), one.build.begin(), one.build.end());
      plan().run_packages.insert(plan().run_packages.end(), one.run.begin(), one.run.end());
    }
  }

  const Folder& folder_;
  PythonProject project_;
  std::vector<std::string_view> sources_;
  Candidate candidate_;
  bool serves_ = false;
};

}  // namespace

std::optional<Candidate> detect_python(const Folder& folder) { return PythonDraft(folder).draft(); }

}  // namespace podwright::analyze
