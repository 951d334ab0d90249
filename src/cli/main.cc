#include "cli/main.hh"

#include <curl/curl.h>
#include <signal.h>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/parse.hh"
#include "cli/show.hh"

namespace podwright::cli {

namespace {

// "error: origin: message", what we were doing, and a hint; every line inert.
void show(const Session& session, const Error& error) {
  auto text = error.text();
  bool first = true;
  for (auto line : split_lines(text)) {
    auto shown = inert_line(line, false);
    if (first)
      session.note(session.terminal.red("error:") + " " + shown);
    else
      session.note(shown.starts_with("hint: ") ? session.terminal.yellow("hint:") + shown.substr(5) : shown);
    first = false;
  }
}

Result<int> dispatch(const std::vector<std::string>& args, const std::vector<Command>& commands, Session& session) {
  if (!args.empty() && args.front() == "__complete") {
    session.print(complete({args.begin() + 1, args.end()}, commands, session));
    return 0;
  }
  auto parsed = TRY(parse(args, commands, session));
  if (parsed.command) return parsed.command->run(session);
  session.print(parsed.help);
  return 0;
}

}  // namespace

int run(const std::vector<std::string>& args, const std::vector<Command>& commands, Session& session) {
  auto code = dispatch(args, commands, session);
  if (code) return *code;
  show(session, code.error());
  return exit_code(code.error().code);
}

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Session session(standard_terminal());
  return run({argv + 1, argv + argc}, all_commands(), session);
}

}  // namespace podwright::cli
