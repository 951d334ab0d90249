#include "cli/follow.hh"

#include <poll.h>

#include <array>
#include <boost/json.hpp>

#include "base/text.hh"
#include "cli/fields.hh"
#include "cli/progress.hh"
#include "cli/show.hh"
#include "format/error_json.hh"

namespace podwright::cli {

namespace {

constexpr auto kLogGrace = std::chrono::seconds(2);        // for the rest of the log after the last event
constexpr auto kPatience = std::chrono::seconds(60);       // without any sign of a daemon
constexpr std::string_view kPath = "/v1/deployments/";

bool is_over(const json::value& deployment) {
  auto phase = phase_named(text(deployment, "status"));
  if (const auto* done = find(deployment, "done"); done && done->is_bool()) return done->get_bool();
  return phase && is_final(*phase);
}

bool went_well(const json::value& deployment) {
  auto status = text(deployment, "status");
  const auto* problem = find(deployment, "error");
  bool has_error = problem && problem->is_object();
  return !has_error && status != "FAILED" && status != "ROLLED_BACK" && status != "CANCELLED" && status != "SUPERSEDED";
}

// One deployment being followed over as many connections as it takes.
class Follower {
 public:
  Follower(Session& session, const std::string& id, Progress& progress) : session_(session), id_(id), progress_(progress) {}

  Result<json::value> run() {
    auto patience = Deadline::in(kPatience);
    for (;;) {
      auto client = session_.daemon();
      if (client) {
        read_streams(*client);
        TRY(left_alone());
        auto deployment = client->get(std::string(kPath) + id_);
        if (deployment && is_over(*deployment)) return deployment;
        if (!deployment && deployment.error().code != ErrorCode::unavailable) return deployment;
        if (deployment) patience = Deadline::in(kPatience);
      }
      TRY(left_alone());
      if (patience.passed()) return fail(error(ErrorCode::unavailable, "lost the daemon while deployment {} was running", id_));
      ::poll(nullptr, 0, 200);
    }
  }

 private:
  void read_streams(const Client& client) {
    Lines lines([this](std::string_view line) { on_event(line); });
    size_t skip = log_seen_;  // a new connection starts the log from its beginning
    auto on_log = [this, &skip](std::string_view chunk) {
      auto known = std::min(skip, chunk.size());
      skip -= known;
      log_seen_ += chunk.size() - known;
      progress_.on_log(chunk.substr(known));
    };
    auto base = std::string(kPath) + id_;
    std::array<Stream, 2> streams{Stream{.path = fmt::format("{}/events?after={}&follow=1", base, last_event_), .sink = [&](auto chunk) { lines.feed(chunk); }},
                                  Stream{.path = base + "/log?follow=1", .sink = on_log}};
    std::optional<Deadline> grace;
    client.follow(streams, [&] {
      if (streams[0].ended && !grace) grace = Deadline::in(kLogGrace);
      return on_tick(client) && !(grace && grace->passed());
    });
  }

  void on_event(std::string_view line) {
    boost::system::error_code problem;
    auto event = json::parse(line, problem);
    if (problem || number(event, "seq") <= last_event_) return;
    last_event_ = number(event, "seq");
    progress_.on_event(event);
  }

  bool on_tick(const Client& client) {
    progress_.tick();
    if (interrupts() == 1 && !cancel_asked_) ask_to_cancel(client);
    return interrupts() < 2;
  }

  void ask_to_cancel(const Client& client) {
    cancel_asked_ = true;
    progress_.note("cancelling; press Ctrl-C again to stop waiting");
    if (auto asked = client.post(std::string(kPath) + id_ + "/cancel", json::object{}, {}, std::chrono::seconds(5)); !asked)
      progress_.note(asked.error().text());
  }

  Status left_alone() const {
    if (interrupts() < 2) return {};
    return fail(error(ErrorCode::cancelled, "stopped waiting; the daemon goes on").with_hint("podwright show " + id_));
  }

  Session& session_;
  const std::string& id_;
  Progress& progress_;
  long long last_event_ = 0;
  size_t log_seen_ = 0;
  bool cancel_asked_ = false;
};

Error error_of(const json::value& deployment) {
  const auto* problem = find(deployment, "error");
  if (problem && problem->is_object()) return error_from_json(problem->get_object());
  auto status = text(deployment, "status");
  auto code = status == "CANCELLED" ? ErrorCode::cancelled : status == "SUPERSEDED" ? ErrorCode::conflict : ErrorCode::failed;
  auto what = code == ErrorCode::conflict ? "a newer deployment of the same app came before this one" : "the deployment is " + status;
  return Error{.code = code, .message = what};
}

json::object documented(const json::value& deployment) {
  json::object out;
  for (std::string_view key : {"id", "app", "environment", "release", "status", "url", "ip", "git_sha", "image", "deployed_at", "timings"}) {
    const auto* value = find(deployment, key);
    out[key] = value ? *value : json::value(nullptr);
  }
  if (!list(deployment, "hosts").empty()) out["hosts"] = list(deployment, "hosts");
  return out;
}

std::string summary(const Session& session, const json::value& deployment) {
  const auto& terminal = session.terminal;
  if (text(deployment, "kind") == "build") return terminal.green("built") + " " + printable(text(deployment, "image")) + "\n";
  auto release = fmt::format("release {}", number(deployment, "release"));
  if (text(deployment, "url").empty()) return fmt::format("{} runs ({})\n", terminal.bold(text(deployment, "app")), release);
  return fmt::format("{} is live at {}  {}\n", terminal.bold(printable(text(deployment, "app"))), terminal.bold(printable(text(deployment, "url"))),
                     terminal.dim("(" + release + ")"));
}

// An end for a person: the URL on standard output, or what went wrong.
Status show_end(const Session& session, const json::value& deployment) {
  if (!went_well(deployment)) return fail(error_of(deployment));
  session.print(summary(session, deployment));
  return {};
}

Progress::Detail detail_of(const FollowOptions& options) {
  using Detail = Progress::Detail;
  return options.json ? Detail::silent : options.quiet ? Detail::quiet : Detail::full;
}

// Shows the progress until the deployment is final and answers its object. Survives a restart of the daemon. The first
// Ctrl-C asks the daemon to cancel and goes on waiting; the second leaves the deployment to the daemon:
// Error{cancelled}.
Result<json::value> follow_one(Session& session, const std::string& id, const FollowOptions& options) {
  Progress progress(session.terminal, detail_of(options));
  auto final = Follower(session, id, progress).run();
  progress.finish();
  auto deployment = TRY(std::move(final));
  if (!went_well(deployment) && detail_of(options) != Progress::Detail::full) session.terminal.err(progress.log_tail());
  return deployment;
}

// The services of a source run side by side; they are shown one after the other, and their ends together.
Result<std::vector<json::value>> follow_parts(Session& session, const json::value& whole,
                                              const FollowOptions& options) {
  std::vector<json::value> ended;
  for (const auto& part : list(whole, "deployments")) {
    std::string id(part.is_string() ? part.get_string() : "");
    auto client = TRY(session.daemon());
    auto accepted = TRY(client.get(std::string(kPath) + id));
    if (!options.json) session.print(session.terminal.bold(printable(text(accepted, "app"))) + "\n");
    ended.push_back(TRY(follow_one(session, id, options)));
  }
  return ended;
}

// The first that failed decides the exit code; the errors of the others are noted before.
Result<int> finish_parts(Session& session, const json::value& whole, const FollowOptions& options) {
  auto object = documented(whole);
  auto& parts = object["deployments"].emplace_array();
  std::optional<Error> first;
  for (const auto& deployment : TRY(follow_parts(session, whole, options))) {
    parts.push_back(documented(deployment));
    auto end = options.json && went_well(deployment) ? Status() : show_end(session, deployment);
    if (end) continue;
    auto problem = std::move(end.error()).during("deploying " + text(deployment, "app"));
    first ? session.note(problem) : void(first = std::move(problem));
  }
  if (options.json) session.print_json(object);
  if (first) return fail(std::move(*first));
  return 0;
}

}  // namespace

Result<json::value> await_deployment(Session& session, const json::value& accepted, const FollowOptions& options) {
  auto deployment = TRY(follow_one(session, text(accepted, "id"), options));
  if (!list(deployment, "deployments").empty())
    return fail(error(ErrorCode::invalid, "the source holds several services").with_hint("name the folder of one of them"));
  if (!went_well(deployment)) return fail(error_of(deployment));
  return deployment;
}

Result<int> finish_deployment(Session& session, const json::value& accepted, const FollowOptions& options) {
  auto id = text(accepted, "id");
  if (id.empty()) {
    options.json ? session.print_json(accepted) : session.print("done\n");  // it needed no deployment: {"ok":true}
    return 0;
  }
  if (!options.wait) {
    options.json ? session.print_json(documented(accepted)) : session.print("deployment " + printable(id) + " is queued\n");
    return 0;
  }
  auto deployment = TRY(follow_one(session, id, options));
  if (!list(deployment, "deployments").empty()) return finish_parts(session, deployment, options);
  if (options.json) session.print_json(documented(deployment));
  if (!options.json) session.print(hosts_text(session.terminal, deployment));
  if (!options.json || !went_well(deployment)) TRY(show_end(session, deployment));
  return 0;
}

}  // namespace podwright::cli
