// podwright gc, doctor, base
#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/host_show.hh"
#include "cli/session.hh"
#include "cli/show.hh"
#include "format/error_json.hh"

namespace podwright::cli {

namespace {

using Json = std::shared_ptr<bool>;

Parameter json_flag(const Json& target) {
  return {.names = "--json", .help = "The API's answer as JSON", .target = target.get()};
}

Result<int> collect_garbage(Session& session, bool as_json) {
  auto client = TRY(session.daemon());
  auto answer = TRY(client.post("/v1/gc", json::object{}));
  if (as_json) return session.print_json(answer), 0;
  for (const auto& item : list(answer, "removed"))
    session.print("removed " + printable(item.is_string() ? std::string(item.get_string()) : json::serialize(item)) +
                  "\n");
  session.print(fmt::format("{} freed\n", format_bytes(number(answer, "freed_bytes"))));
  return 0;
}

// Fails when a check failed, so that scripts can rely on it.
Result<int> examine(Session& session, bool as_json) {
  auto client = TRY(session.daemon());
  auto answer = TRY(client.get("/v1/doctor"));
  if (as_json) session.print_json(answer);
  bool failed = false;
  for (const auto& check : list(answer, "checks")) {
    if (!as_json) session.print(check_line(session.terminal, check));
    failed = failed || text(check, "status") == "fail";
  }
  return failed ? exit_code(ErrorCode::failed) : 0;
}

Result<int> list_bases(Session& session, bool as_json) {
  auto client = TRY(session.daemon());
  auto answer = TRY(client.get("/v1/bases"));
  if (as_json) return session.print_json(answer), 0;
  const auto& bases = list(answer, "bases");
  if (bases.empty()) return session.print("no base images yet: the first build makes what it needs\n"), 0;
  Table table({"BASE", "SIZE", "CREATED", "IMAGE"});
  for (const auto& base : bases)
    table.add({text(base, "request"), format_bytes(number(base, "size_bytes")), age(text(base, "created_at"), now()),
               text(base, "image")});
  session.print(table.text(session.terminal));
  return 0;
}

Result<int> update_bases(Session& session) {
  catch_interrupts();
  auto client = TRY(session.daemon());
  Result<int> outcome = 0;
  Lines lines([&](std::string_view line) {
    boost::system::error_code problem;
    auto item = json::parse(line, problem);
    if (problem) return;
    if (auto log = text(item, "log"); !log.empty())
      for (auto part : split_lines(log)) session.print(inert_line(part, session.terminal.colour) + "\n");
    if (const auto* failure = find(item, "error"); failure && failure->is_object())
      outcome = fail(error_from_json(failure->get_object()));
  });
  Stream stream{.path = "/v1/bases/update",
                .sink = [&](std::string_view chunk) { lines.feed(chunk); },
                .method = "POST",
                .body = "{}"};
  client.follow({&stream, 1}, [] { return interrupts() == 0; });
  lines.finish();
  if (interrupts() != 0) return fail(ErrorCode::cancelled, "interrupted");
  TRY(stream.result);
  return outcome;
}

}  // namespace

Command gc_command() {
  auto json = std::make_shared<bool>(false);
  return {.name = "gc",
          .summary = "Remove images and files of ours that nothing needs",
          .examples = {"podwright gc"},
          .parameters = {json_flag(json)},
          .run = [json](Session& session) { return collect_garbage(session, *json); }};
}

Command doctor_command() {
  auto json = std::make_shared<bool>(false);
  return {.name = "doctor",
          .summary = "Check this machine, and say what to do about what is wrong",
          .examples = {"podwright doctor"},
          .parameters = {json_flag(json)},
          .run = [json](Session& session) { return examine(session, *json); }};
}

Command base_command() {
  auto json = std::make_shared<bool>(false);
  Command update{.name = "update",
                 .summary = "Rebuild the base images with the newest security updates",
                 .examples = {"podwright base update"},
                 .parameters = {},
                 .run = update_bases};
  Command list{.name = "ls",
               .summary = "List the base images",
               .examples = {"podwright base ls"},
               .parameters = {json_flag(json)},
               .run = [json](Session& session) { return list_bases(session, *json); }};
  return {.name = "base",
          .summary = "The images that builds stand on",
          .examples = {},
          .parameters = {},
          .run = {},
          .children = {list, update}};
}

}  // namespace podwright::cli
