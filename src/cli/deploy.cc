// podwright deploy, podwright build
#include <boost/json.hpp>
#include <memory>

#include "base/ids.hh"
#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/env_values.hh"
#include "cli/fields.hh"
#include "cli/follow.hh"
#include "cli/location.hh"
#include "cli/show.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::string location = ".";
  std::string app, environment, ref, path, key;
  std::optional<int> port, batch;
  std::vector<std::string> domains, env, hosts, host_labels;
  bool undo = false;
  bool dry_run = false, no_wait = false, json = false, quiet = false;
};

Result<json::object> env_object(const std::vector<std::string>& pairs) {
  json::object env;
  for (const auto& [key, value] : TRY(env_values(pairs))) env[key] = value;
  return env;
}

Result<json::object> request_body(const Options& options) {
  json::object body{{"location", absolute_location(options.location)}};
  for (auto [key, value] : {std::pair{"app", &options.app},
                            {"environment", &options.environment},
                            {"ref", &options.ref},
                            {"path", &options.path}})
    if (!value->empty()) body[key] = *value;
  if (options.port) body["port"] = *options.port;
  if (!options.domains.empty()) body["domains"] = json::array(options.domains.begin(), options.domains.end());
  if (!options.env.empty()) body["env"] = TRY(env_object(options.env));
  if (!options.hosts.empty()) body["hosts"] = json::array(options.hosts.begin(), options.hosts.end());
  if (!options.host_labels.empty())
    body["host_labels"] = json::array(options.host_labels.begin(), options.host_labels.end());
  if (options.batch) body["batch"] = *options.batch;
  if (options.undo) body["undo_on_failure"] = true;
  if (options.dry_run) body["dry_run"] = true;
  return body;
}

std::string plan_text(const Terminal& terminal, const json::value& answer) {
  std::string out = terminal.bold("Plan") + "\n";
  for (const auto& step : list(answer, "plan"))
    out +=
        "  " + inert_line(step.is_string() ? std::string_view(step.get_string()) : json::serialize(step), false) + "\n";
  auto containerfile = text(answer, "containerfile");
  if (!containerfile.empty()) out += terminal.bold("Containerfile") + "\n";
  for (auto line : split_lines(containerfile)) out += "  " + inert_line(line, false) + "\n";
  return out;
}

Result<int> submit(Session& session, const std::string& path, const Options& options) {
  auto body = TRY(request_body(options));
  catch_interrupts();
  auto client = TRY(session.daemon());
  // The key makes a repeated request one deployment.
  auto answer = TRY(client.post(path, body, {{"Idempotency-Key", options.key.empty() ? new_id() : options.key}}));
  if (!options.dry_run)
    return finish_deployment(session, answer, {.json = options.json, .quiet = options.quiet, .wait = !options.no_wait});
  options.json ? session.print_json(answer) : session.print(plan_text(session.terminal, answer));
  return 0;
}

std::vector<Parameter> source_parameters(Options& options) {
  return {
      {.names = "SOURCE",
       .help = "Folder, archive or git URL [.]",
       .target = &options.location,
       .completes = Completes::files},
      {.names = "--app",
       .value = "NAME",
       .help = "Name of the app [of the source]",
       .target = &options.app,
       .completes = Completes::apps},
      {.names = "--env", .value = "NAME", .help = "Environment [production]", .target = &options.environment},
      {.names = "--ref", .value = "REF", .help = "Branch, tag or commit of a git URL", .target = &options.ref},
      {.names = "--path", .value = "DIR", .help = "Folder of the source to deploy", .target = &options.path},
      {.names = "--port", .value = "N", .help = "Port that the app listens on [found out]", .target = &options.port},
      {.names = "--set-env",
       .value = "K=V",
       .help = "Environment variable, kept for later deployments; K alone takes its value from here; repeatable",
       .target = &options.env},
      {.names = "--no-wait", .help = "Return when the daemon has accepted it", .target = &options.no_wait},
      {.names = "--json", .help = "Print one JSON object at the end, nothing else", .target = &options.json},
      {.names = "-q,--quiet", .help = "Without the build log, unless it fails", .target = &options.quiet},
      {.names = "--idempotency-key",
       .value = "KEY",
       .help = "Requests with one key make one deployment",
       .target = &options.key},
  };
}

}  // namespace

Command deploy_command() {
  auto options = std::make_shared<Options>();
  Command command{
      .name = "deploy",
      .summary = "Build a source and run it, with its URL at the end",
      .examples = {"podwright deploy", "podwright deploy ./shop --env staging --set-env LOG_LEVEL=debug",
                   "podwright deploy https://example.com/team/shop.git --ref v1.2 --domain shop.example.com",
                   "podwright deploy --host web1 --host web2", "podwright deploy --host-label role=web --batch 2"},
      .parameters = source_parameters(*options),
      .run = [options](Session& session) { return submit(session, "/v1/deployments", *options); }};
  command.parameters.push_back({.names = "--domain",
                                .value = "NAME",
                                .help = "Host name besides APP.localhost; repeatable",
                                .target = &options->domains});
  command.parameters.push_back(
      {.names = "--host",
       .value = "NAME",
       .help = "Server to deploy to, 'local' for this machine; repeatable [where the app runs]",
       .target = &options->hosts});
  command.parameters.push_back({.names = "--host-label",
                                .value = "K=V",
                                .help = "All servers with this label; repeatable: with all of them",
                                .target = &options->host_labels});
  command.parameters.push_back({.names = "--batch",
                                .value = "N",
                                .help = "Servers at a time, 0 for all at once [1]",
                                .target = &options->batch});
  command.parameters.push_back({.names = "--undo-on-failure",
                                .help = "When a server fails, take back those that were switched before it",
                                .target = &options->undo});
  command.parameters.push_back(
      {.names = "--dry-run", .help = "Show what would happen, and do nothing", .target = &options->dry_run});
  return command;
}

Command build_command() {
  auto options = std::make_shared<Options>();
  return {.name = "build",
          .summary = "Build the image of a source without running it",
          .examples = {"podwright build", "podwright build ./shop --app shop"},
          .parameters = source_parameters(*options),
          .run = [options](Session& session) { return submit(session, "/v1/builds", *options); }};
}

}  // namespace podwright::cli
