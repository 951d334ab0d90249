// podwright generate, and its containerfile: in this process, no daemon needed
#include <memory>

#include "cli/commands.hh"
#include "cli/local_source.hh"
#include "orchestrate/prepare.hh"

namespace podwright::cli {

namespace {

struct Options {
  LocalOptions source;
  std::string app;
};

Result<int> generate_containerfile(Session& session, const Options& options) {
  auto opened = TRY(open_local(session, options.source));
  const auto& plan = opened.analysis.primary();
  session.print(
      TRY(orchestrate::containerfile_text(opened.source, plan, options.app.empty() ? plan.name : options.app)));
  return 0;
}

}  // namespace

Command generate_command() {
  auto options = std::make_shared<Options>();
  Command containerfile{.name = "containerfile",
                        .summary = "Print the Containerfile that a build would use",
                        .examples = {"podwright generate containerfile > Containerfile"},
                        .parameters = local_parameters(options->source),
                        .run = [options](Session& session) { return generate_containerfile(session, *options); }};
  containerfile.parameters.push_back(
      {.names = "--app", .value = "NAME", .help = "Name of the app [of the source]", .target = &options->app});
  return {.name = "generate",
          .summary = "Print files that we would make",
          .examples = {},
          .parameters = {},
          .run = {},
          .children = {containerfile, generate_quadlet_command(), generate_systemd_command()}};
}

}  // namespace podwright::cli
