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

// The daemon's answer, with the program's own version as "client".
Result<int> show_versions(Session& session, bool as_json) {
  if (!as_json) session.print("podwright " + std::string(version()) + "\n");
  auto client = TRY(session.daemon());
  auto daemon = TRY(client.get("/v1/version"));
  if (as_json) {
    if (daemon.is_object()) daemon.get_object()["client"] = version();
    return session.print_json(daemon), 0;
  }
  session.print(fmt::format("daemon {} (pid {}), state in {}\n", printable(text(daemon, "version")), number(daemon, "pid"),
                            printable(text(daemon, "state_dir"))));
  return 0;
}

}  // namespace

Command version_command() {
  auto as_json = std::make_shared<bool>(false);
  return {.name = "version",
          .summary = "Show the version of the program and of the daemon",
          .examples = {"podwright version --json"},
          .parameters = {{.names = "--json", .help = "As one JSON object", .target = as_json.get()}},
          .run = [as_json](Session& session) { return show_versions(session, *as_json); }};
}

}  // namespace podwright::cli
