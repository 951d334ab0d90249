// How a JavaScript application is started in production: its scripts, its framework, its entry file.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "analyze/node_framework.hh"
#include "analyze/node_manager.hh"

namespace podwright::analyze {

struct NodeStart {
  std::string command;
  std::string script_text;  // what the script runs, when a script starts it
  std::string file;         // evidence; relative to the folder
  int line = 0;
  double weight = 0;
  bool development = false; // only a command for development was found
};

// The source file that starts the application, from "main" and the usual names; "" when there is none.
std::string entry_file(const Folder& folder, const Package& package);

// Whether a script serves a site for development or preview: it watches, or it is a dev server.
bool is_development(std::string_view script);
bool is_preview(std::string_view script);

std::optional<NodeStart> find_start(const Folder& folder, const Package& package, const Manager& manager,
                                    const std::optional<Framework>& framework);

// The scripts that are one simple command, which needs no npm around it: no scripts before and after it, no other
// script called from it. By name.
std::map<std::string, std::string> simple_scripts(const Package& package);

// Whether the source of a file makes a server or at least a program for node, not for a browser.
bool is_node_source(std::string_view text);

}  // namespace podwright::analyze
