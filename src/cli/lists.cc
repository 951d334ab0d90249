// podwright apps, ps, releases, deployments
#include <boost/json.hpp>
#include <memory>

#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/session.hh"
#include "cli/show.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::string app, environment;
  std::optional<int> limit;
  bool json = false;
};

// A listing: where it comes from, the list's key, its columns and a row.
struct Listing {
  std::string key;
  std::vector<std::string> header;
  std::function<std::vector<std::string>(const json::value&)> row;
  std::string when_empty;
};

Result<int> show_list(Session& session, const std::string& path, const Listing& listing, bool as_json) {
  auto client = TRY(session.daemon());
  auto answer = TRY(client.get(path));
  const auto& items = list(answer, listing.key);
  if (as_json) {
    session.print_json(answer);
  } else if (items.empty()) {
    session.print(listing.when_empty + "\n");
  } else {
    Table table(listing.header);
    for (const auto& item : items) table.add(listing.row(item));
    session.print(table.text(session.terminal));
  }
  return 0;
}

std::string since(const json::value& item, std::string_view key) { return age(text(item, key), now()); }

std::vector<std::string> app_row(const json::value& app) {
  static const json::value none = nullptr;
  const auto* replicas = find(app, "replicas");
  const auto& count = replicas ? *replicas : none;
  std::string hosts;
  for (const auto& host : list(app, "hosts")) hosts += (hosts.empty() ? "" : ",") + text(host, "host");
  return {text(app, "app"), text(app, "environment"), text(app, "status"), text(app, "release"),
          text(count, "ready") + "/" + text(count, "want"), hosts, text(app, "url"), since(app, "updated_at")};
}

std::vector<std::string> instance_row(const json::value& instance) {
  return {text(instance, "name"), text(instance, "host"), text(instance, "app"), text(instance, "environment"), text(instance, "release"), text(instance, "state"),
          text(instance, "health"), text(instance, "port"), text(instance, "restarts"), since(instance, "started_at")};
}

std::vector<std::string> release_row(const json::value& release) {
  return {text(release, "release"), truth(release, "active") ? "active" : text(release, "status"), text(release, "git_sha").substr(0, 12),
          since(release, "created_at"), text(release, "note"), text(release, "image").substr(0, 60)};
}

std::vector<std::string> deployment_row(const json::value& deployment) {
  return {text(deployment, "id"), text(deployment, "app"), text(deployment, "environment"), text(deployment, "kind"),
          text(deployment, "status"), text(deployment, "release"), since(deployment, "created_at"), text(deployment, "source")};
}

Parameter json_flag(bool& target) { return {.names = "--json", .help = "The API's answer as JSON", .target = &target}; }

}  // namespace

Command apps_command() {
  auto options = std::make_shared<Options>();
  return {.name = "apps",
          .summary = "List the apps with their URLs",
          .examples = {"podwright apps", "podwright apps --json"},
          .parameters = {json_flag(options->json)},
          .run = [options](Session& session) {
            const Listing listing{"apps", {"APP", "ENVIRONMENT", "STATUS", "RELEASE", "READY", "HOST", "URL", "UPDATED"}, app_row,
                                  "no apps yet: 'podwright deploy' makes the first one"};
            return show_list(session, "/v1/apps", listing, options->json);
          }};
}

Command ps_command() {
  auto options = std::make_shared<Options>();
  return {.name = "ps",
          .summary = "List the running containers",
          .examples = {"podwright ps", "podwright ps shop"},
          .parameters = {{.names = "APP", .help = "Only of this app", .target = &options->app, .completes = Completes::apps},
                         json_flag(options->json)},
          .run = [options](Session& session) {
            const Listing listing{"instances", {"NAME", "HOST", "APP", "ENVIRONMENT", "RELEASE", "STATE", "HEALTH", "PORT", "RESTARTS", "STARTED"},
                                  instance_row, "nothing runs"};
            return show_list(session, with_query("/v1/instances", {{"app", options->app}}), listing, options->json);
          }};
}

Command releases_command() {
  auto options = std::make_shared<Options>();
  return {.name = "releases",
          .summary = "List the releases of an app that can be rolled back to",
          .examples = {"podwright releases shop"},
          .parameters = {{.names = "APP", .help = "The app", .target = &options->app, .required = true, .completes = Completes::apps},
                         {.names = "--env", .value = "NAME", .help = "Environment [production]", .target = &options->environment},
                         json_flag(options->json)},
          .run = [options](Session& session) {
            const Listing listing{"releases", {"RELEASE", "STATUS", "COMMIT", "CREATED", "NOTE", "IMAGE"}, release_row, "no releases"};
            auto path = with_query("/v1/apps/" + url_escape(options->app) + "/releases", {{"environment", options->environment}});
            return show_list(session, path, listing, options->json);
          }};
}

Command deployments_command() {
  auto options = std::make_shared<Options>();
  return {.name = "deployments",
          .summary = "List the deployments, newest first",
          .examples = {"podwright deployments", "podwright deployments shop --limit 5"},
          .parameters = {{.names = "APP", .help = "Only of this app", .target = &options->app, .completes = Completes::apps},
                         {.names = "--env", .value = "NAME", .help = "Only of this environment", .target = &options->environment},
                         {.names = "--limit", .value = "N", .help = "At most so many", .target = &options->limit},
                         json_flag(options->json)},
          .run = [options](Session& session) {
            const Listing listing{"deployments", {"ID", "APP", "ENVIRONMENT", "KIND", "STATUS", "RELEASE", "CREATED", "SOURCE"},
                                  deployment_row, "no deployments yet"};
            auto limit = options->limit ? std::to_string(*options->limit) : "";
            auto path = with_query("/v1/deployments", {{"app", options->app}, {"environment", options->environment}, {"limit", limit}});
            return show_list(session, path, listing, options->json);
          }};
}

}  // namespace podwright::cli
