// What a Python project depends on and how it installs that, from its parsed manifests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/folder.hh"

namespace podwright::analyze {

struct PythonDependency {
  std::string extras;  // "standard,async"
  std::string file;    // relative to the folder
  int line = 0;
};

struct PythonProject {
  std::map<std::string, PythonDependency, std::less<>> dependencies;  // by normalised name: "python-fasthtml"
  std::map<std::string, std::string, std::less<>> scripts;            // [project.scripts], [tool.poetry.scripts]
  std::string constraint;                                             // of Python itself, in the manifests
  std::string constraint_file;
  int constraint_line = 0;
  std::string package_manager;  // uv poetry pdm pipenv pip conda; "" without a manifest
  std::string manifest;         // the file that decided it
  std::string name;
  std::string requirements;     // the requirements file that pip installs
  bool needs_sources = false;   // a dependency lies in the repository itself
  bool builds_package = false;  // pyproject has a [build-system], or setup.py exists
  std::vector<std::string> warnings;

  bool has(std::string_view package) const { return dependencies.contains(package); }
};

PythonProject read_python_project(const Folder& folder);

// "Flask_SQLAlchemy" → "flask-sqlalchemy" (PEP 503).
std::string normal_package(std::string_view name);

}  // namespace podwright::analyze
