// The decisions between a source and what will be built and run: pure over the source's files. `deploy`, its dry run,
// `analyze` and `generate containerfile` share them.
#pragma once

#include <string>
#include <vector>

#include "analyze/analyze.hh"
#include "build/builder.hh"
#include "config/config.hh"
#include "model/app.hh"
#include "model/deployment.hh"
#include "source/source.hh"

namespace podwright::orchestrate {

struct Prepared {
  std::string folder;       // that was analysed, relative to the source; "." for all of it
  BuildPlan plan;           // of the primary service, with podwright.yaml and the request applied
  config::AppConfig config; // empty when there is no podwright.yaml
  Analysis analysis;
};

// Of several services the primary is planned; whether they are to be split is said by split.hh.
// Error{invalid}: nothing deployable, a wrong podwright.yaml (with positions).
Result<Prepared> prepare(const Source& source, const DeployRequest& request);

build::BuildRequest build_request(const AppKey& key, const std::string& deployment, const std::string& installation, const Source& source,
                                  const Prepared& prepared, const DeployRequest& request, const AppSettings& settings);

// What the build will run: the repository's own Dockerfile or the one that we write.
Result<std::string> containerfile_text(const Source& source, const BuildPlan& plan, const std::string& app);

// The service that runs: analysis, then podwright.yaml, then what the user set for this app, then this request.
Result<Service> make_service(const Prepared& prepared, const DeployRequest& request, const AppSettings& settings);

// The release's service with what the user set since: replicas.
Service with_settings(Service service, const AppSettings& settings);

// What the app keeps for its next deployment.
AppSettings settings_after(AppSettings settings, const DeployRequest& request);

// Error{not_found} when there is no older release to go back to. `releases` is newest first.
Result<int> previous_release(const std::vector<Release>& releases, int active);

}  // namespace podwright::orchestrate
