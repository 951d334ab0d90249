// podwright host add, ls, show, check, rm, exec
#include <boost/json.hpp>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/host_show.hh"
#include "cli/json_lines.hh"
#include "cli/session.hh"
#include "format/base64.hh"
#include "model/host.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::string destination, name, labels, label, host_key, limit;
  std::vector<std::string> command;
  bool accept_new_key = false, fix = false, force = false, json = false;
};

using OptionsPtr = std::shared_ptr<Options>;

Parameter json_flag(Options& options) {
  return {.names = "--json", .help = "The API's answer as JSON", .target = &options.json};
}

Parameter host_parameter(Options& options, bool required = true) {
  return {.names = "HOST", .help = "The host's name", .target = &options.name, .required = required, .completes = Completes::hosts};
}

Parameter fix_flag(Options& options) {
  return {.names = "--fix", .help = "Do what the user there may do: linger, podman.socket", .target = &options.fix};
}

std::string host_path(const Options& options, std::string_view action = {}) {
  return fmt::format("/v1/hosts/{}{}", url_escape(options.name), action);
}

// What a person says about a key that nobody knows yet. With --yes nobody is asked: a key is never accepted in passing.
Result<std::string> ask_about_key(const Session& session, const Client& client, const Options& options) {
  bool may_ask = session.terminal.interactive && !session.yes && !options.json && !options.accept_new_key;
  if (!may_ask || !options.host_key.empty() || options.destination == kLocalHost) return options.host_key;
  auto offered = TRY(client.post("/v1/host-keys", json::object{{"destination", options.destination}}));
  if (text(offered, "known") != "unknown") return options.host_key;
  session.note(fmt::format("The key of {} is not known here: {} {}", printable(options.destination),
                           printable(text(offered, "key").substr(0, text(offered, "key").find(' '))), printable(text(offered, "fingerprint"))));
  session.note("On its console, ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub shows what it must be.");
  if (!TRY(session.confirm("Is this key right?"))) return fail(ErrorCode::cancelled, "the host was not added");
  return text(offered, "fingerprint");
}

// The host and its checks; 10 when one failed, so that scripts can rely on it.
Result<int> show_examined(const Session& session, const json::value& host, bool as_json) {
  as_json ? session.print_json(host) : session.print(checks_text(session.terminal, host));
  return truth(host, "usable") ? 0 : exit_code(ErrorCode::failed);
}

Result<int> add(Session& session, const Options& options) {
  auto labels = TRY(parse_labels(options.labels));
  if (options.destination != kLocalHost) TRY(parse_ssh_destination(options.destination));
  auto client = TRY(session.daemon());
  json::object body{{"destination", options.destination}, {"host_key", TRY(ask_about_key(session, client, options))},
                    {"accept_new_key", options.accept_new_key}, {"fix", options.fix}};
  if (!options.name.empty()) body["name"] = options.name;
  body["labels"] = json::value_from(labels);
  auto host = TRY(client.post("/v1/hosts", body));
  if (!options.json) session.print(added_text(host));
  return show_examined(session, host, options.json);
}

Result<int> list_hosts(Session& session, const Options& options) {
  auto client = TRY(session.daemon());
  auto answer = TRY(client.get(with_query("/v1/hosts", {{"label", options.label}})));
  if (options.json) return session.print_json(answer), 0;
  const auto& hosts = list(answer, "hosts");
  if (hosts.empty()) return session.print("no hosts yet: 'podwright host add user@server' makes one known\n"), 0;
  session.print(hosts_table(session.terminal, hosts));
  return 0;
}

Result<int> show_host(Session& session, const Options& options) {
  auto client = TRY(session.daemon());
  auto host = TRY(client.get(host_path(options)));
  options.json ? session.print_json(host) : session.print(host_text(session.terminal, host));
  return 0;
}

Result<std::vector<std::string>> names_of_all(const Client& client) {
  std::vector<std::string> names;
  auto answer = TRY(client.get("/v1/hosts"));
  for (const auto& host : list(answer, "hosts")) names.push_back(text(host, "name"));
  return names;
}

// Looks at one host, or at all of them; goes on after one that cannot be reached, and answers the first failure's code.
Result<int> check_hosts(Session& session, Options options) {
  auto client = TRY(session.daemon());
  bool one = !options.name.empty();
  auto names = one ? std::vector{options.name} : TRY(names_of_all(client));
  int code = 0;
  for (const auto& name : names) {
    options.name = name;
    if (!one && !options.json) session.print(session.terminal.bold(printable(name)) + "\n");
    auto host = client.post(host_path(options, "/check"), json::object{{"fix", options.fix}});
    if (!host && one) return std::unexpected(std::move(host).error());
    if (!host) session.note(session.terminal.red("error: ") + printable(host.error().message));
    auto outcome = host ? TRY(show_examined(session, *host, options.json)) : exit_code(host.error().code);
    if (code == 0) code = outcome;
  }
  return code;
}

Result<int> remove(Session& session, const Options& options) {
  if (options.force && !TRY(session.confirm(fmt::format("Forget {}, and what runs there?", printable(options.name)))))
    return fail(ErrorCode::cancelled, "nothing was removed");
  auto client = TRY(session.daemon());
  auto answer = TRY(client.remove(with_query(host_path(options), {{"force", options.force ? "1" : ""}})));
  options.json ? session.print_json(answer) : session.print("removed " + printable(options.name) + "\n");
  return 0;
}

// Both streams as they come, then the exit code. Ctrl-C closes the stream.
Result<int> exec(Session& session, const Options& options) {
  json::object body{{"argv", json::array(options.command.begin(), options.command.end())}};
  if (!options.limit.empty()) {
    auto limit = parse_duration_ms(options.limit);
    if (!limit) return fail(ErrorCode::invalid, "'{}' is no duration, such as 90s or 2h", printable(options.limit));
    body["limit_ms"] = *limit;
  }
  catch_interrupts();
  auto client = TRY(session.daemon());
  return follow_command(client, host_path(options, "/exec"), std::move(body), [&](const json::value& line) {
    if (auto bytes = from_base64(text(line, "stdout"))) session.terminal.out(*bytes);
    if (auto bytes = from_base64(text(line, "stderr"))) session.terminal.err(*bytes);
  });
}

Command add_command() {
  auto options = std::make_shared<Options>();
  return {.name = "add",
          .summary = "Make a server known: verify its key, log in, look at it",
          .examples = {"podwright host add deploy@web1.example.com", "podwright host add deploy@10.0.0.7:2222 --name web1 --labels role=web,zone=a",
                       "podwright host add web1 --host-key SHA256:uNiVztksCsDhcc0u9e8BrkVWbIZYl5KqBWhzFYTWVQc --fix", "podwright host add local"},
          .parameters = {{.names = "DESTINATION", .help = "user@host[:port], an alias of ssh_config, or 'local' for this machine", .target = &options->destination, .required = true},
                         {.names = "--name", .value = "NAME", .help = "How to call it [after the destination]", .target = &options->name},
                         {.names = "--labels", .value = "K=V,…", .help = "To choose hosts by", .target = &options->labels},
                         {.names = "--host-key", .value = "FINGERPRINT", .help = "SHA256:… that its key must have", .target = &options->host_key},
                         {.names = "--accept-new-key", .help = "Pin whatever key it shows, unless another one is known", .target = &options->accept_new_key},
                         fix_flag(*options),
                         json_flag(*options)},
          .run = [options](Session& session) { return add(session, *options); }};
}

Command ls_command() {
  auto options = std::make_shared<Options>();
  return {.name = "ls",
          .summary = "List the hosts as they were last seen",
          .examples = {"podwright host ls", "podwright host ls --label role=web --json"},
          .parameters = {{.names = "--label", .value = "K=V", .help = "Only those that carry it", .target = &options->label}, json_flag(*options)},
          .run = [options](Session& session) { return list_hosts(session, *options); }};
}

Command show_host_command() {
  auto options = std::make_shared<Options>();
  return {.name = "show",
          .summary = "Show what is known about a host",
          .examples = {"podwright host show web1"},
          .parameters = {host_parameter(*options), json_flag(*options)},
          .run = [options](Session& session) { return show_host(session, *options); }};
}

Command check_command() {
  auto options = std::make_shared<Options>();
  return {.name = "check",
          .summary = "Look at a host anew, and say what to do about what is wrong",
          .examples = {"podwright host check web1", "podwright host check web1 --fix", "podwright host check"},
          .parameters = {host_parameter(*options, false), fix_flag(*options), json_flag(*options)},
          .run = [options](Session& session) { return check_hosts(session, *options); }};
}

Command rm_command() {
  auto options = std::make_shared<Options>();
  return {.name = "rm",
          .summary = "Forget a host; nothing happens there",
          .examples = {"podwright host rm web1"},
          .parameters = {host_parameter(*options),
                         {.names = "--force", .help = "Although apps run there: they go on without us", .target = &options->force},
                         json_flag(*options)},
          .run = [options](Session& session) { return remove(session, *options); }};
}

Command host_exec_command() {
  auto options = std::make_shared<Options>();
  return {.name = "exec",
          .summary = "Run a command on a host, without a shell",
          .examples = {"podwright host exec web1 -- uptime", "podwright host exec web1 -- sh -c 'journalctl --user -n 20'"},
          .parameters = {host_parameter(*options),
                         {.names = "COMMAND", .help = "The command with its arguments, after --", .target = &options->command, .required = true},
                         {.names = "--limit", .value = "TIME", .help = "Give up after this time [1h]", .target = &options->limit}},
          .run = [options](Session& session) { return exec(session, *options); }};
}

}  // namespace

Command host_command() {
  return {.name = "host",
          .summary = "The servers that apps are deployed to",
          .examples = {},
          .parameters = {},
          .run = {},
          .children = {add_command(), ls_command(), show_host_command(), check_command(), rm_command(), host_exec_command()}};
}

}  // namespace podwright::cli
