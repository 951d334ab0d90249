// A source that is looked at in this process, without the daemon.
#pragma once

#include <string>
#include <vector>

#include "base/fs.hh"
#include "cli/command.hh"
#include "cli/session.hh"
#include "config/config.hh"
#include "model/build_plan.hh"
#include "source/source.hh"

namespace podwright::cli {

struct LocalOptions {
  std::string location = ".";
  std::string ref, path;
};

std::vector<Parameter> local_parameters(LocalOptions& options);

// What had to be fetched lives as long as this does.
struct LocalSource {
  TempDir scratch;
  Source source;
  config::AppConfig config;  // empty without a podwright.yaml
  Analysis analysis;  // the primary with podwright.yaml and the Procfile applied, as `deploy` would
};

// Fetches what is not here and analyses it; progress goes to standard error of a terminal.
Result<LocalSource> open_local(const Session& session, const LocalOptions& options);

}  // namespace podwright::cli
