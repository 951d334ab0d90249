// podwright exec, run
#include "cli/exec.hh"

#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/json_lines.hh"
#include "cli/session.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::string app, environment;
  std::optional<int> replica;
  std::vector<std::string> command;
};

// The first running container of the app that fits.
Result<std::string> find_container(const json::value& answer, const Options& options) {
  auto environment = options.environment.empty() ? "production" : options.environment;
  for (const auto& instance : list(answer, "instances")) {
    bool fits = text(instance, "app") == options.app && text(instance, "environment") == environment &&
                text(instance, "state") == "running";
    if (fits && (!options.replica || number(instance, "replica") == *options.replica)) return text(instance, "name");
  }
  return fail(
      error(ErrorCode::not_found, "no running container of '{}' in {}", printable(options.app), printable(environment))
          .with_hint("'podwright ps' lists what runs; 'podwright run' starts a container of its own for one command"));
}

Result<int> execute(std::vector<std::string> argv) {
  std::vector<char*> pointers;
  for (auto& word : argv) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  return fail(ErrorCode::not_found, "cannot start '{}': {}", argv[0], std::strerror(errno));
}

Result<int> exec_in_app(Session& session, const Options& options) {
  auto client = TRY(session.daemon());
  auto instances = TRY(client.get(with_query("/v1/instances", {{"app", options.app}})));
  auto container = TRY(find_container(instances, options));
  return execute(exec_argv(container, options.command, ::isatty(0) && ::isatty(1)));
}

// The command's output as it comes, then its exit code. Ctrl-C closes the stream, and the daemon ends the container.
Result<int> run_once(Session& session, const Options& options) {
  catch_interrupts();
  auto client = TRY(session.daemon());
  json::object body{{"argv", json::array(options.command.begin(), options.command.end())}};
  if (!options.environment.empty()) body["environment"] = options.environment;
  return follow_command(client, "/v1/apps/" + url_escape(options.app) + "/run", std::move(body),
                        [&](const json::value& line) { session.print(text(line, "output")); });
}

std::vector<Parameter> parameters(Options& options) {
  return {{.names = "APP", .help = "The app", .target = &options.app, .required = true, .completes = Completes::apps},
          {.names = "COMMAND",
           .help = "The command with its arguments, after --",
           .target = &options.command,
           .required = true},
          {.names = "--env", .value = "NAME", .help = "Environment [production]", .target = &options.environment}};
}

}  // namespace

std::vector<std::string> exec_argv(const std::string& container, const std::vector<std::string>& command,
                                   bool terminal) {
  std::vector<std::string> argv{"podman", "exec", terminal ? "-it" : "-i", container};
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

Command exec_command() {
  auto options = std::make_shared<Options>();
  Command command{.name = "exec",
                  .summary = "Run a command in a running container of an app",
                  .examples = {"podwright exec shop -- sh", "podwright exec shop --replica 2 -- cat /etc/hostname"},
                  .parameters = parameters(*options),
                  .run = [options](Session& session) { return exec_in_app(session, *options); }};
  command.parameters.push_back(
      {.names = "--replica", .value = "N", .help = "In this one [the first]", .target = &options->replica});
  return command;
}

Command run_command() {
  auto options = std::make_shared<Options>();
  return {.name = "run",
          .summary = "Run a command in a new container of an app's release, and remove it",
          .examples = {"podwright run shop -- python manage.py migrate"},
          .parameters = parameters(*options),
          .run = [options](Session& session) { return run_once(session, *options); }};
}

}  // namespace podwright::cli
