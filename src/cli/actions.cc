// podwright rollback, scale, restart, stop, start, destroy, cancel: one request each, whose deployment is followed
#include <boost/json.hpp>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/follow.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::string app, environment, id, host;
  std::optional<int> to, replicas;
  bool json = false, no_wait = false, volumes = false;
};

using OptionsPtr = std::shared_ptr<Options>;

std::vector<Parameter> app_parameters(Options& options) {
  return {{.names = "APP", .help = "The app", .target = &options.app, .required = true, .completes = Completes::apps},
          {.names = "--env", .value = "NAME", .help = "Environment [production]", .target = &options.environment},
          {.names = "--no-wait", .help = "Return when the daemon has accepted it", .target = &options.no_wait},
          {.names = "--json", .help = "Print one JSON object at the end, nothing else", .target = &options.json}};
}

std::string app_path(const Options& options, std::string_view action) {
  return fmt::format("/v1/apps/{}{}", url_escape(options.app), action);
}

Result<int> act(Session& session, const Options& options, std::string_view action, json::object body) {
  catch_interrupts();
  auto client = TRY(session.daemon());
  if (!options.environment.empty()) body["environment"] = options.environment;
  auto answer = TRY(client.post(app_path(options, action), body));
  return finish_deployment(session, answer, {.json = options.json, .wait = !options.no_wait});
}

Command plain_action(std::string name, std::string summary) {
  auto options = std::make_shared<Options>();
  return {.name = name,
          .summary = std::move(summary),
          .examples = {"podwright " + name + " shop"},
          .parameters = app_parameters(*options),
          .run = [options, name](Session& session) { return act(session, *options, "/" + name, {}); }};
}

Result<int> destroy(Session& session, const Options& options) {
  auto what = "Remove the app '" + printable(options.app) + "'" +
              (options.environment.empty() ? "" : " in " + printable(options.environment)) +
              (options.host.empty() ? " with its releases" : " from " + printable(options.host)) +
              (options.volumes ? " AND ITS DATA" : "") + "?";
  if (!TRY(session.confirm(what))) return fail(ErrorCode::cancelled, "nothing was removed");
  auto client = TRY(session.daemon());
  auto answer = TRY(client.remove(with_query(
      app_path(options, ""),
      {{"environment", options.environment}, {"volumes", options.volumes ? "1" : ""}, {"host", options.host}})));
  options.json ? session.print_json(answer) : session.print("removed " + printable(options.app) + "\n");
  return 0;
}

Result<int> cancel(Session& session, const Options& options) {
  auto client = TRY(session.daemon());
  auto answer = TRY(client.post("/v1/deployments/" + url_escape(options.id) + "/cancel", json::object{}));
  options.json ? session.print_json(answer) : session.print("asked to cancel " + printable(options.id) + "\n");
  return 0;
}

}  // namespace

Command rollback_command() {
  auto options = std::make_shared<Options>();
  Command command{.name = "rollback",
                  .summary = "Go back to an earlier release, without a build",
                  .examples = {"podwright rollback shop", "podwright rollback shop --to 3"},
                  .parameters = app_parameters(*options),
                  .run = [options](Session& session) {
                    return act(session, *options, "/rollback",
                               options->to ? json::object{{"to", *options->to}} : json::object{});
                  }};
  command.parameters.push_back(
      {.names = "--to", .value = "RELEASE", .help = "Its number [the one before]", .target = &options->to});
  return command;
}

Command scale_command() {
  auto options = std::make_shared<Options>();
  Command command{.name = "scale",
                  .summary = "Run an app in so many containers",
                  .examples = {"podwright scale shop 3"},
                  .parameters = app_parameters(*options),
                  .run = [options](Session& session) {
                    return act(session, *options, "/scale", {{"replicas", options->replicas.value_or(1)}});
                  }};
  command.parameters.insert(command.parameters.begin() + 1,
                            {.names = "REPLICAS", .help = "How many", .target = &options->replicas, .required = true});
  return command;
}

Command restart_command() {
  return plain_action("restart", "Start an app's containers anew, one release for another");
}
Command stop_command() {
  return plain_action("stop", "Stop an app; its releases stay");
}
Command start_command() {
  return plain_action("start", "Start an app that was stopped");
}

Command destroy_command() {
  auto options = std::make_shared<Options>();
  Command command{
      .name = "destroy",
      .summary = "Remove an app: containers, route, releases and images",
      .examples = {"podwright destroy shop", "podwright destroy shop --env staging --volumes --yes",
                   "podwright destroy shop --host web1"},
      .parameters =
          {{.names = "APP", .help = "The app", .target = &options->app, .required = true, .completes = Completes::apps},
           {.names = "--env", .value = "NAME", .help = "Only this environment", .target = &options->environment},
           {.names = "--host",
            .value = "NAME",
            .help = "Only from this server, 'local' for this machine",
            .target = &options->host},
           {.names = "--volumes", .help = "Its data, too", .target = &options->volumes},
           {.names = "--json", .help = "The API's answer as JSON", .target = &options->json}},
      .run = [options](Session& session) { return destroy(session, *options); }};
  return command;
}

Command cancel_command() {
  auto options = std::make_shared<Options>();
  return {.name = "cancel",
          .summary = "Cancel a deployment",
          .examples = {"podwright cancel 01hq3v7c9d8e6f5g4h3j2k1m0n"},
          .parameters = {{.names = "ID",
                          .help = "The deployment",
                          .target = &options->id,
                          .required = true,
                          .completes = Completes::deployments},
                         {.names = "--json", .help = "The API's answer as JSON", .target = &options->json}},
          .run = [options](Session& session) { return cancel(session, *options); }};
}

}  // namespace podwright::cli
