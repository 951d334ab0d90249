// podwright events, logs
#include <boost/json.hpp>
#include <deque>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/session.hh"
#include "cli/show.hh"

namespace podwright::cli {

namespace {

struct EventOptions {
  bool follow = false, json = false;
  std::optional<int> after, limit;
};

struct LogOptions {
  std::string app, environment, since, build;
  std::optional<int> tail;
  bool follow = false, timestamps = false;
};

std::string number_or_empty(const std::optional<int>& value) { return value ? std::to_string(*value) : ""; }

std::string event_line(const Terminal& terminal, const json::value& event) {
  auto who = text(event, "app");
  if (auto environment = text(event, "environment"); !who.empty() && !environment.empty()) who += "." + environment;
  return fmt::format("{}  {:<20}  {:<24}  {}\n", terminal.dim(printable(text(event, "at"))), printable(text(event, "type")), printable(who),
                     printable(text(event, "message")));
}

// Ctrl-C ends a followed stream well.
Result<int> read_stream(Session& session, const std::string& path, const std::function<void(std::string_view)>& sink) {
  catch_interrupts();
  auto client = TRY(session.daemon());
  Stream stream{.path = path, .sink = sink};
  client.follow({&stream, 1}, [] { return interrupts() == 0; });
  if (stream.ended) TRY(stream.result);
  return 0;
}

// Calls with every event from the path's stream.
Result<int> read_events(Session& session, const std::string& path, const std::function<void(std::string_view line, const json::value&)>& use) {
  Lines lines([&](std::string_view line) {
    boost::system::error_code problem;
    auto event = json::parse(line, problem);
    if (!problem) use(line, event);
  });
  return read_stream(session, path, [&](std::string_view chunk) { lines.feed(chunk); });
}

// With a limit the past is read to its end first, and only its last events are shown.
Result<int> show_events(Session& session, const EventOptions& options) {
  std::deque<std::string> last;
  std::string after = number_or_empty(options.after);
  auto shown = [&](std::string_view line, const json::value& event) {
    return options.json ? std::string(line) + "\n" : event_line(session.terminal, event);
  };
  if (options.limit) {
    TRY(read_events(session, with_query("/v1/events", {{"after", after}}), [&](std::string_view line, const json::value& event) {
      last.push_back(shown(line, event));
      if (static_cast<long long>(last.size()) > *options.limit) last.pop_front();
      after = text(event, "seq");
    }));
    for (const auto& line : last) session.print(line);
    if (!options.follow) return 0;
  }
  return read_events(session, with_query("/v1/events", {{"after", after}, {"follow", options.follow ? "1" : ""}}),
                     [&](std::string_view line, const json::value& event) { session.print(shown(line, event)); });
}

// The API knows "10m" and Unix seconds.
std::string since(const std::string& given) {
  auto time = parse_iso8601(given);
  return time ? std::to_string(std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count()) : given;
}

Result<std::string> log_path(const LogOptions& options) {
  if (!options.build.empty())
    return with_query("/v1/deployments/" + url_escape(options.build) + "/log", {{"follow", options.follow ? "1" : ""}});
  if (options.app.empty())
    return fail(error(ErrorCode::invalid, "whose logs?").with_hint("podwright logs APP, or podwright logs --build DEPLOYMENT"));
  return with_query("/v1/apps/" + url_escape(options.app) + "/logs",
                    {{"environment", options.environment},
                     {"since", since(options.since)},
                     {"tail", number_or_empty(options.tail)},
                     {"follow", options.follow ? "1" : ""},
                     {"timestamps", options.timestamps ? "1" : ""}});
}

// A terminal gets inert lines, a file or a pipe the very bytes.
Result<int> show_logs(Session& session, const LogOptions& options) {
  auto path = TRY(log_path(options));
  if (!session.terminal.live) return read_stream(session, path, [&](std::string_view chunk) { session.print(chunk); });
  Lines lines([&](std::string_view line) { session.print(inert_line(line, session.terminal.colour) + "\n"); });
  auto code = read_stream(session, path, [&](std::string_view chunk) { lines.feed(chunk); });
  lines.finish();
  return code;
}

}  // namespace

Command events_command() {
  auto options = std::make_shared<EventOptions>();
  return {.name = "events",
          .summary = "Show what happened, oldest first",
          .examples = {"podwright events --limit 20", "podwright events -f --json"},
          .parameters = {{.names = "-f,--follow", .help = "Go on with what happens next", .target = &options->follow},
                         {.names = "--after", .value = "SEQ", .help = "Only events after this number", .target = &options->after},
                         {.names = "--limit", .value = "N", .help = "Only the last of the past", .target = &options->limit},
                         {.names = "--json", .help = "One JSON object a line", .target = &options->json}},
          .run = [options](Session& session) { return show_events(session, *options); }};
}

Command logs_command() {
  auto options = std::make_shared<LogOptions>();
  return {.name = "logs",
          .summary = "Show the output of an app, or the log of a build",
          .examples = {"podwright logs shop -f", "podwright logs shop --since 10m --tail 100", "podwright logs --build 01hq3v7c9d8e6f5g4h3j2k1m0n"},
          .parameters = {{.names = "APP", .help = "The app", .target = &options->app, .completes = Completes::apps},
                         {.names = "--env", .value = "NAME", .help = "Environment [production]", .target = &options->environment},
                         {.names = "-f,--follow", .help = "Go on with what comes next", .target = &options->follow},
                         {.names = "--since", .value = "T", .help = "Only since then: 10m, 2h, or a time as 2026-01-04T10:30:00Z", .target = &options->since},
                         {.names = "--tail", .value = "N", .help = "Only the last lines", .target = &options->tail},
                         {.names = "-t,--timestamps", .help = "With the time of each line", .target = &options->timestamps},
                         {.names = "--build", .value = "DEPLOYMENT", .help = "The build log of a deployment", .target = &options->build, .completes = Completes::deployments}},
          .run = [options](Session& session) { return show_logs(session, *options); }};
}

}  // namespace podwright::cli
