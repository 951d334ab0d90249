#include "analyze/python_dependencies.hh"

#include <algorithm>
#include <cctype>

#include "analyze/scan.hh"
#include "base/text.hh"
#include "format/toml.hh"
#include "format/yaml.hh"

namespace podwright::analyze {

std::string normal_package(std::string_view name) {
  std::string normal;
  for (const char c : to_lower(name)) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (!separator) normal += c;
    else if (!normal.empty() && normal.back() != '-') normal += '-';
  }
  return normal;
}

namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.'; }

// "uvicorn[standard]>=0.20 ; python_version > '3'" → its name and extras.
void add_requirement(PythonProject& project, std::string_view text, std::string_view file, int line) {
  text = trim(text);
  size_t end = 0;
  while (end < text.size() && is_name(text[end])) ++end;
  if (end == 0) return;
  PythonDependency found{.extras = "", .file = std::string(file), .line = line};
  if (end < text.size() && text[end] == '[') found.extras = std::string(bracketed(text, end));
  project.dependencies.emplace(normal_package(text.substr(0, end)), std::move(found));
}

// "git+https://…/flask.git#egg=flask" names its package behind egg=; otherwise the last part of the address does.
void add_address(PythonProject& project, std::string_view text, std::string_view file, int line) {
  const size_t egg = text.find("egg=");
  if (egg != std::string_view::npos) add_requirement(project, text.substr(egg + 4), file, line);
}

void read_requirements(PythonProject& project, const Folder& folder, std::string_view file, int depth) {
  int number = 0;
  for (std::string_view line : split_lines(folder.read(file))) {
    ++number;
    line = trim(line.substr(0, line.starts_with('#') ? 0 : line.find(" #")));
    if (line.empty()) continue;
    if (line.starts_with("-e .") || line.starts_with("./") || line == "." || line.find("file:") != std::string_view::npos) project.needs_sources = true;
    if (line.starts_with("-r") || line.starts_with("--requirement")) {
      const auto words = split_words(line);
      const std::string_view other = words.size() > 1 ? words[1] : line.substr(2);
      const std::string path = folder_of(file).empty() ? std::string(other) : fmt::format("{}/{}", folder_of(file), other);
      if (depth < 5) read_requirements(project, folder, path.starts_with("./") ? path.substr(2) : path, depth + 1);
    } else if (line.starts_with("-e") || line.find("://") != std::string_view::npos) {
      if (line.find('@') != std::string_view::npos && is_name(line[0]) && !line.starts_with("git+"))
        add_requirement(project, line, file, number);
      else
        add_address(project, line, file, number);
    } else if (!line.starts_with('-')) {
      add_requirement(project, line, file, number);
    }
  }
}

void read_list(PythonProject& project, const Toml* list, std::string_view file) {
  if (!list || !list->is_array()) return;
  for (const auto& each : list->children) {
    if (each.is_string()) add_requirement(project, each.text, file, each.line);
  }
}

// Poetry's and Pipenv's tables: name = "^1.0" or name = {version = "…", extras = ["…"]}.
void read_table(PythonProject& project, const Toml* table, std::string_view file) {
  if (!table || !table->is_table()) return;
  for (const auto& each : table->children) {
    if (each.key == "python") continue;
    PythonDependency found{.extras = "", .file = std::string(file), .line = each.line};
    if (const Toml* extras = each.find("extras")) {
      for (const auto& extra : extras->children) found.extras += extra.text + ",";
    }
    project.dependencies.emplace(normal_package(each.key), std::move(found));
  }
}

void read_scripts(PythonProject& project, const Toml* table) {
  if (!table || !table->is_table()) return;
  for (const auto& each : table->children) {
    if (each.is_string()) project.scripts.emplace(each.key, each.text);
  }
}

void set_constraint(PythonProject& project, const Toml* node, std::string_view file) {
  if (!node || !node->is_string() || !project.constraint.empty()) return;
  project.constraint = node->text;
  project.constraint_file = file;
  project.constraint_line = node->line;
}

struct Tables {
  bool poetry = false;
  bool pdm = false;
  bool uv = false;
  bool project = false;
};

Tables read_pyproject(PythonProject& project, const Folder& folder) {
  const auto root = parse_toml(folder.read("pyproject.toml"), folder.in_source("pyproject.toml"));
  if (!root) {
    project.warnings.push_back(root.error().text());
    return {};
  }
  const std::string_view file = "pyproject.toml";
  read_list(project, root->at({"project", "dependencies"}), file);
  read_table(project, root->at({"tool", "poetry", "dependencies"}), file);
  const Toml* sources = root->at({"tool", "uv", "sources"});
  project.needs_sources = root->at({"tool", "uv", "workspace"}) != nullptr;
  if (sources && sources->is_table()) {
    for (const auto& source : sources->children) {
      if (source.find("path") || source.find("workspace")) project.needs_sources = true;
    }
  }
  if (const Toml* groups = root->at({"project", "optional-dependencies"}); groups && groups->is_table()) {
    for (const auto& group : groups->children) {
      if (group.key != "dev" && group.key != "test" && group.key != "docs") read_list(project, &group, file);
    }
  }
  read_scripts(project, root->at({"project", "scripts"}));
  read_scripts(project, root->at({"tool", "poetry", "scripts"}));
  set_constraint(project, root->at({"project", "requires-python"}), file);
  set_constraint(project, root->at({"tool", "poetry", "dependencies", "python"}), file);
  project.name = root->text_at({"project", "name"});
  if (project.name.empty()) project.name = root->text_at({"tool", "poetry", "name"});
  project.builds_package = root->find("build-system") != nullptr;
  return {.poetry = root->at({"tool", "poetry"}) != nullptr ||
                    root->text_at({"build-system", "build-backend"}).starts_with("poetry"),
          .pdm = root->at({"tool", "pdm"}) != nullptr || root->text_at({"build-system", "build-backend"}).starts_with("pdm"),
          .uv = root->at({"tool", "uv"}) != nullptr || root->text_at({"build-system", "build-backend"}).starts_with("uv"),
          .project = root->find("project") != nullptr};
}

void read_pipfile(PythonProject& project, const Folder& folder) {
  const auto root = parse_toml(folder.read("Pipfile"), folder.in_source("Pipfile"));
  if (!root) {
    project.warnings.push_back(root.error().text());
    return;
  }
  read_table(project, root->find("packages"), "Pipfile");
  set_constraint(project, root->at({"requires", "python_full_version"}), "Pipfile");
  set_constraint(project, root->at({"requires", "python_version"}), "Pipfile");
}

// install_requires=["flask>=2", …] in setup.py.
void read_setup(PythonProject& project, const Folder& folder) {
  const std::string text = without_comments(folder.read("setup.py"), true);
  const size_t at = find_word(text, "install_requires");
  if (at == std::string::npos) return;
  const size_t open = text.find('[', at);
  if (open == std::string::npos || open > at + 40) return;
  for (const auto each : arguments(bracketed(text, open))) {
    if (const auto requirement = first_string(each)) add_requirement(project, *requirement, "setup.py", line_at(text, open));
  }
}

void read_environment(PythonProject& project, const Folder& folder, std::string_view file) {
  const auto root = parse_yaml(folder.read(file), folder.in_source(file));
  const Yaml* list = root ? root->find("dependencies") : nullptr;
  if (!list) return;
  for (const auto& each : list->children) {
    const bool interpreter = each.scalar == "python" || each.scalar == "pip" || each.scalar.starts_with("python=") || each.scalar.starts_with("pip=") ||
                             each.scalar.starts_with("python>") || each.scalar.starts_with("python ");
    if (each.is_scalar() && !interpreter) add_requirement(project, each.scalar, file, each.line);
    const Yaml* pip = each.find("pip");
    if (!pip) continue;
    for (const auto& one : pip->children) add_requirement(project, one.scalar, file, one.line);
  }
}

void choose(PythonProject& project, std::string_view package_manager, std::string_view manifest) {
  if (!project.package_manager.empty()) return;
  project.package_manager = package_manager;
  project.manifest = manifest;
}

// A lock file decides; then the file that names the packages.
void choose_package_manager(PythonProject& project, const Folder& folder, const Tables& tables) {
  if (folder.has("uv.lock")) choose(project, "uv", "uv.lock");
  if (folder.has("poetry.lock") && folder.has("pyproject.toml")) choose(project, "poetry", "poetry.lock");
  if (folder.has("pdm.lock")) choose(project, "pdm", "pdm.lock");
  if (folder.has("Pipfile.lock")) choose(project, "pipenv", "Pipfile.lock");
  if (!project.requirements.empty()) choose(project, "pip", project.requirements);
  if (tables.poetry) choose(project, "poetry", "pyproject.toml");
  if (tables.pdm) choose(project, "pdm", "pyproject.toml");
  if (tables.uv) choose(project, "uv", "pyproject.toml");
  if (folder.has("Pipfile")) choose(project, "pipenv", "Pipfile");
  if (tables.project && !project.builds_package && folder.has(".python-version")) choose(project, "uv", "pyproject.toml");
  if (tables.project || project.builds_package) choose(project, "pip", "pyproject.toml");
  for (const std::string_view file : {"setup.py", "setup.cfg"}) {
    if (folder.has(file)) choose(project, "pip", file);
  }
  for (const std::string_view file : {"environment.yml", "environment.yaml", "package-list.txt", "pixi.toml"}) {
    if (folder.has(file)) choose(project, "conda", file);
  }
}

}  // namespace

PythonProject read_python_project(const Folder& folder) {
  PythonProject project;
  Tables tables;
  project.requirements = folder.first_of({"requirements.txt", "requirements/production.txt", "requirements/prod.txt",
                                          "requirements/base.txt", "requirements/requirements.txt", "requirements-prod.txt",
                                          "requirements.in"});
  if (!project.requirements.empty()) read_requirements(project, folder, project.requirements, 0);
  if (folder.has("pyproject.toml")) tables = read_pyproject(project, folder);
  if (folder.has("Pipfile")) read_pipfile(project, folder);
  if (folder.has("setup.py")) {
    read_setup(project, folder);
    project.builds_package = true;
  }
  for (const std::string_view file : {"environment.yml", "environment.yaml"}) {
    if (folder.has(file)) read_environment(project, folder, file);
  }
  choose_package_manager(project, folder, tables);
  return project;
}

}  // namespace podwright::analyze
