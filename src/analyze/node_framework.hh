// Which framework a JavaScript project is made with, and whether its configuration makes it a server or a set of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analyze/node_package.hh"

namespace podwright::analyze {

enum class FrameworkKind {
  site,    // builds files; served statically unless its configuration asks for a server
  server,  // a library for servers: the application's own entry starts it
  worker,  // serves nothing: bots, queues
};

struct Framework {
  std::string_view name;
  FrameworkKind kind = FrameworkKind::server;
  int port = 3000;             // its default
  std::string start;           // the command that serves it after a build, when the package has no start script
  std::string publish_dir;     // what a static build leaves; "" when it runs as a server
  bool single_page = false;    // a client-side router: unknown paths answer with index.html
  std::string build;           // the command when the package has no build script
  std::string file;            // what gave it away
  std::string mode_file;       // what decided between server and static; "" when the framework's default did
  std::string warning;
  bool certain = true;         // false: only a build tool was seen
};

// The version range of a dependency without its operator: "^2.15" → "2.15"; "" when it is none.
std::string version_of(const Package& package, std::string_view name);

std::optional<Framework> find_framework(const Folder& folder, const Package& package);

}  // namespace podwright::analyze
