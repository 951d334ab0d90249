// What the configuration files of other platforms say about the same application: how it starts and where it listens.
// They are facts about the application that its authors wrote down; a move from there should find them honoured.
#pragma once

#include <optional>
#include <string>

#include "analyze/folder.hh"

namespace podwright::analyze {

struct StartHint {
  std::string command;
  std::string file;  // relative to the folder
  int line = 0;
};

// From railway.json/.toml, railpack.json, nixpacks.toml/.json, App Engine's app.yaml, heroku.yml and a render.yaml with
// one service; the first that says one.
std::optional<StartHint> find_start_hint(const Folder& folder);

struct PortHint {
  int port = 0;
  std::string file;
  int line = 0;
};

// From fly.toml's internal_port, or the container side of "ports" of the one compose service that is built from here.
std::optional<PortHint> find_port_hint(const Folder& folder);

}  // namespace podwright::analyze
