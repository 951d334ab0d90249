// Finding what to start in Python sources: the ASGI or WSGI object, its factory, Django's project, a main script.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/folder.hh"

namespace podwright::analyze {

struct PythonApp {
  std::string framework;  // "fastapi", "flask", …
  bool asgi = false;
  std::string file;       // relative to the folder
  std::string module;     // "app.main", as imported from module_folder
  std::string module_folder;  // what must be on the path: "" or "src"
  std::string object;     // "app"; a factory's name when `factory`
  bool factory = false;
  bool runs_itself = false;  // has an `if __name__ == "__main__":` that starts it
  int line = 0;
};

// The best of all objects: at module level before factories, shallow files before deep ones, usual names first.
std::optional<PythonApp> find_python_app(const Folder& folder, const std::vector<std::string_view>& sources);

// Names of modules that the text imports: {"flask", "google.cloud.storage"}.
std::vector<std::string_view> python_imports(std::string_view text);
bool imports_module(std::string_view text, std::string_view module);

struct DjangoProject {
  std::string manage;    // relative path of manage.py, "" when there is none
  std::string package;   // the folder with wsgi.py as a module: "mysite"
  std::string folder;    // where manage.py lies, "" for the root
  bool asgi = false;     // has an asgi.py
  bool wsgi = false;
  std::string settings;  // relative path of the settings module; ""
  int line = 0;
};

std::optional<DjangoProject> find_django(const Folder& folder);

// A script to run when there is no object to serve: "main.py", or a package's "-m pkg"; "" when nothing stands out.
std::string find_python_script(const Folder& folder, const std::vector<std::string_view>& sources);

}  // namespace podwright::analyze
