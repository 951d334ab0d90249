// podwright show
#include <boost/json.hpp>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/session.hh"
#include "cli/show.hh"
#include "format/error_json.hh"

namespace podwright::cli {

namespace {

void add_line(std::string& out, std::string_view label, const std::string& value) {
  if (!value.empty()) out += fmt::format("{:<14}{}\n", label, value);
}

std::string phases_text(const Terminal& terminal, const json::value& deployment) {
  std::string out;
  for (const auto& phase : list(deployment, "phases"))
    out += fmt::format("  {:<14}{:>12}  {}\n", printable(text(phase, "phase")), duration(Millis(number(phase, "ms"))),
                       terminal.dim(printable(text(phase, "at"))));
  return out.empty() ? out : "Phases\n" + out;
}

std::string deployment_text(const Terminal& terminal, const json::value& deployment) {
  std::string out;
  auto status = printable(text(deployment, "status"));
  add_line(out, "Deployment", terminal.bold(printable(text(deployment, "id"))) + " (" + printable(text(deployment, "kind")) + ")");
  add_line(out, "Status", paint_status(terminal, status));
  add_line(out, "App", printable(text(deployment, "app") + " in " + text(deployment, "environment")));
  for (auto [label, key] : {std::pair{"Release", "release"}, {"URL", "url"}, {"Source", "source"}, {"Commit", "git_sha"}, {"Image", "image"},
                            {"Created", "created_at"}, {"Deployed", "deployed_at"}})
    if (auto value = text(deployment, key); value != "0") add_line(out, label, printable(value));
  out += phases_text(terminal, deployment) + hosts_text(terminal, deployment);
  if (const auto* problem = find(deployment, "error"); problem && problem->is_object()) {
    auto error = error_from_json(problem->get_object()).text();
    for (bool first = true; auto line : split_lines(error)) {
      out += (first ? terminal.red("error:") + " " : "") + inert_line(line, false) + "\n";
      first = false;
    }
  }
  return out;
}

struct Options {
  std::string id;
  bool json = false;
};

}  // namespace

Command show_command() {
  auto options = std::make_shared<Options>();
  return {.name = "show",
          .summary = "Show a deployment: phases, timings, and why it failed",
          .examples = {"podwright show 01hq3v7c9d8e6f5g4h3j2k1m0n"},
          .parameters = {{.names = "ID", .help = "The deployment", .target = &options->id, .required = true, .completes = Completes::deployments},
                         {.names = "--json", .help = "The API's answer as JSON", .target = &options->json}},
          .run = [options](Session& session) -> Result<int> {
            auto client = TRY(session.daemon());
            auto deployment = TRY(client.get("/v1/deployments/" + url_escape(options->id)));
            options->json ? session.print_json(deployment) : session.print(deployment_text(session.terminal, deployment));
            return 0;
          }};
}

}  // namespace podwright::cli
