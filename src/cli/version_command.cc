// podwright version
#include <boost/json.hpp>
#include <memory>

#include "base/text.hh"
#include "base/version.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/session.hh"

namespace podwright::cli {

namespace {

// Never starts a daemon: it only tells.
Result<int> show_versions(Session& session, bool as_json) {
  json::object out{{"version", version()}, {"state_dir", session.paths().dir.native()}, {"daemon", nullptr}};
  if (auto client = session.running_daemon()) out["daemon"] = TRY(client->get("/v1/version"));
  if (as_json) return session.print_json(out), 0;
  session.print("podwright " + std::string(version()) + "\n");
  const auto& daemon = out["daemon"];
  session.print(daemon.is_null() ? "daemon: not running\n"
                                 : fmt::format("daemon: {} (pid {}), state in {}\n", printable(text(daemon, "version")), number(daemon, "pid"),
                                               printable(text(daemon, "state_dir"))));
  return 0;
}

}  // namespace

Command version_command() {
  auto as_json = std::make_shared<bool>(false);
  return {.name = "version",
          .summary = "Show the version of the program and of the running daemon",
          .examples = {"podwright version --json"},
          .parameters = {{.names = "--json", .help = "As one JSON object", .target = as_json.get()}},
          .run = [as_json](Session& session) { return show_versions(session, *as_json); }};
}

}  // namespace podwright::cli
