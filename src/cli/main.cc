#include "cli/main.hh"

#include <curl/curl.h>
#include <signal.h>

#include "cli/commands.hh"
#include "cli/parse.hh"

namespace podwright::cli {

namespace {

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
  session.note(code.error());
  return exit_code(code.error().code);
}

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Session session(standard_terminal());
  return run({argv + 1, argv + argc}, all_commands(), session);
}

}  // namespace podwright::cli
