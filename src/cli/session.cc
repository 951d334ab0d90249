#include "cli/session.hh"

#include <poll.h>
#include <sys/wait.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <cstring>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "cli/show.hh"

extern char** environ;

namespace podwright::cli {

namespace {

constexpr auto kStartLimit = std::chrono::seconds(20);

bool answers(const Client& client) { return client.get("/v1/version", std::chrono::seconds(5)).has_value(); }

// The file that we run from; /proc/self/exe itself when it was replaced by an upgrade.
std::string own_program() {
  std::error_code problem;
  auto path = fs::read_symlink("/proc/self/exe", problem);
  return problem || !fs::exists(path, problem) ? "/proc/self/exe" : path.native();
}

Command daemon_command(const StatePaths& paths) {
  Command command{.argv = {own_program(), "serve", "--state-dir", paths.dir.native()}, .directory = "/"};
  for (char** entry = environ; *entry; ++entry) {
    std::string_view pair(*entry);
    if (pair.starts_with("PODWRIGHT_") && pair.contains('='))
      command.env[std::string(pair.substr(0, pair.find('=')))] = pair.substr(pair.find('=') + 1);
  }
  return command;
}

std::string last_lines(const fs::path& log) {
  auto text = read_file(log).value_or("");
  auto lines = split_lines(text);
  std::string out;
  for (size_t i = lines.size() - std::min<size_t>(lines.size(), 5); i < lines.size(); ++i) out += "\n  " + printable(lines[i]);
  return out;
}

std::unexpected<Error> no_daemon(const StatePaths& paths) {
  return fail(error(ErrorCode::unavailable, "the daemon did not start{}", last_lines(paths.daemon_log))
                  .with_hint("start it in the foreground to see why: podwright serve --state-dir " + printable(paths.dir.native())));
}

// A daemon that ends at once may have lost the race against another that somebody else started just now.
Deadline after_its_end(pid_t pid, Deadline deadline) {
  return ::waitpid(pid, nullptr, WNOHANG) == pid ? deadline.sooner(std::chrono::seconds(2)) : deadline;
}

}  // namespace

std::optional<Client> Session::running_daemon() const {
  Client client(paths().api_socket);
  std::error_code ignored;
  if (!fs::exists(paths().api_socket, ignored) || !answers(client)) return std::nullopt;
  return client;
}

Result<Client> Session::daemon() {
  if (auto client = running_daemon()) return *client;
  auto where = paths();
  TRY(prepare(where));
  auto pid = TRY(spawn_detached(daemon_command(where), where.daemon_log.native()));
  bool told = false;
  Stopwatch watch;
  for (auto deadline = Deadline::in(kStartLimit); !deadline.passed() && interrupts() == 0; ::poll(nullptr, 0, 20)) {
    if (auto client = running_daemon()) return *client;
    deadline = after_its_end(pid, deadline);
    if (!told && watch.elapsed() > std::chrono::seconds(1)) note("starting the daemon …"), told = true;
  }
  if (interrupts() != 0) return fail(ErrorCode::cancelled, "interrupted");
  return no_daemon(where);
}

Result<bool> Session::confirm(const std::string& question) const {
  if (yes) return true;
  if (!terminal.interactive)
    return fail(error(ErrorCode::invalid, "this needs a confirmation, and nobody can be asked here").with_hint("add --yes"));
  terminal.err(question + " [y/N] ");
  auto answer = to_lower(trim(terminal.read_line()));
  return answer == "y" || answer == "yes";
}

void Session::note(std::string_view line) const { terminal.err(std::string(line) + "\n"); }

void Session::note(const Error& error) const {
  auto text = error.text();
  bool first = true;
  for (auto line : split_lines(text)) {
    auto shown = inert_line(line, false);
    if (first)
      note(terminal.red("error:") + " " + shown);
    else
      note(shown.starts_with("hint: ") ? terminal.yellow("hint:") + shown.substr(5) : shown);
    first = false;
  }
}

void Session::print_json(const boost::json::value& value) const { print(boost::json::serialize(value) + "\n"); }

}  // namespace podwright::cli
