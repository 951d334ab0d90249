// podwright.yaml: what the application's author says outright. It overrides what analysis found; keys are documented in
// docs/podwright-yaml.md. Pure over text.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hh"
#include "base/result.hh"
#include "model/build_plan.hh"
#include "model/loss.hh"
#include "model/service.hh"

namespace podwright::config {

inline constexpr std::string_view kFileName = "podwright.yaml";

// A value and the line that says it.
template <class T>
struct Said {
  T value{};
  int line = 0;
};

template <class T>
using Maybe = std::optional<Said<T>>;

struct Health {
  Maybe<ProbeKind> kind;
  std::string path = {};                   // kind http
  std::vector<std::string> command = {};   // kind exec
  Maybe<Millis> interval, timeout, start_period, stability;
  Maybe<int> retries;
  Maybe<bool> restart;
};

struct AppConfig {
  std::string file;               // its name, for evidence
  std::vector<std::string> keys;  // at its top, as they stand there

  Maybe<std::string> name;
  Maybe<int> port;
  Maybe<int> replicas;
  std::map<std::string, std::string> env;  // for the running application; values of any text
  std::vector<std::string> domains;        // lower case, each once
  Health health;

  Maybe<int> cpu_millis;
  Maybe<long long> memory_bytes;
  Maybe<int> pids;
  Maybe<int> nofile;

  Maybe<std::string> root;  // folder to analyse and build, relative to the source: the caller passes it to analyze()
  Maybe<std::string> install_command;
  Maybe<std::string> build_command;
  Maybe<std::string> start_command;
  Maybe<std::string> release_command;
  Maybe<std::vector<std::string>> packages;  // Debian packages, for the build and in the image
  std::vector<std::string> build_secrets;    // names; the caller gives their values to the builder

  std::vector<Volume> volumes;
  std::vector<std::string> tmpfs;  // besides /tmp
  Privileges privileges;
  Maybe<Millis> stop_timeout;
  Maybe<Millis> drain_timeout;

  std::vector<Loss> losses;  // keys of the cloud that a deploy on one's own machine cannot honour
};

// All problems of the text together: Error{invalid} whose message has one "file:line:column: …" for each (the first
// position is its origin). Unknown keys come with a suggestion.
Result<AppConfig> parse(std::string_view text, std::string_view file_name = kFileName);

// Overrides the plan, with evidence of weight 1.0 and the line. A key that the plan cannot take becomes a warning in
// it, or Error{invalid} where going on would run something else than was asked for.
Status apply(const AppConfig& config, BuildPlan& plan);

// The hardened service: limits from plan.resources, port and PORT from the plan, the rest from config or the model's
// defaults. Call apply() first. `image` is still empty; environment from elsewhere (--set-env) is merged by the caller.
Service make_service(const AppConfig& config, const BuildPlan& plan, const std::string& app);

// "web: command" and "release: command" of a Procfile override the plan's start and release commands; other process
// types become warnings. Call it before apply(): podwright.yaml has the last word.
void apply_procfile(std::string_view text, BuildPlan& plan, std::string_view file_name = "Procfile");

}  // namespace podwright::config
