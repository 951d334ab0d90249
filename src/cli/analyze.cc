// podwright analyze: in this process, no daemon needed
#include <boost/json.hpp>
#include <memory>

#include "analyze/analyze.hh"
#include "cli/commands.hh"
#include "cli/local_source.hh"
#include "cli/session.hh"
#include "cli/show.hh"

namespace podwright::cli {

namespace {

struct Options {
  LocalOptions source;
  bool json = false, explain = false;
};

std::string summary(const Terminal& terminal, const Analysis& analysis) {
  Table table({"NAME", "FOLDER", "LANGUAGE", "FRAMEWORK", "VERSION", "PORT", "START"});
  for (const auto& plan : analysis.services)
    table.add({plan.name, plan.root, plan.language, plan.framework, plan.version, plan.port ? std::to_string(plan.port) : "", plan.start_command});
  auto out = table.text(terminal);
  for (const auto& plan : analysis.services)
    for (const auto& warning : plan.warnings) out += terminal.yellow("warning:") + " " + inert_line(warning, false) + "\n";
  return out + terminal.dim("--explain tells why, with file and line") + "\n";
}

Result<int> analyze_source(Session& session, const Options& options) {
  auto opened = TRY(open_local(session, options.source));
  if (options.json)
    session.print_json(to_json(opened.analysis));
  else
    session.print(options.explain ? analyze::explain(opened.analysis) : summary(session.terminal, opened.analysis));
  return 0;
}

}  // namespace

Command analyze_command() {
  auto options = std::make_shared<Options>();
  Command command{.name = "analyze",
                  .summary = "Tell what a source is and how it would be built and started",
                  .examples = {"podwright analyze", "podwright analyze ./shop --explain", "podwright analyze https://example.com/team/shop.git --json"},
                  .parameters = local_parameters(options->source),
                  .run = [options](Session& session) { return analyze_source(session, *options); }};
  command.parameters.push_back({.names = "--explain", .help = "With the reason of every decision: file, line, runners-up", .target = &options->explain});
  command.parameters.push_back({.names = "--json", .help = "As one JSON object", .target = &options->json});
  return command;
}

}  // namespace podwright::cli
