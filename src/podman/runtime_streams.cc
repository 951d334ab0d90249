// The part of PodmanRuntime that streams: logs and exec.
#include <signal.h>

#include <boost/json.hpp>

#include "base/text.hh"
#include "podman/frames.hh"
#include "podman/inspect.hh"
#include "podman/runtime.hh"

namespace podwright::podman {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr size_t kMaxExecOutput = 1 << 20;
constexpr Millis kFollowLimit = 24h;  // a follower that wants more asks again
constexpr Millis kReadLimit = 60s;

std::string flag(bool value) { return value ? "true" : "false"; }

// Streams a framed answer into `payload`; a frame that cannot be read ends it with the decoder's error.
Status stream_frames(Client& client, const Request& request, FrameDecoder::Payload payload, std::stop_token stop) {
  FrameDecoder decoder(std::move(payload));
  Status decoded;
  auto status = client.stream(request, [&](std::string_view chunk) {
    auto more = decoder.feed(chunk);
    if (!more) decoded = std::unexpected(more.error());
    return more && *more;
  }, stop);
  return decoded ? status : decoded;
}

}  // namespace

Status PodmanRuntime::logs(const std::string& name, const LogOptions& options, const LogSink& sink, std::stop_token stop) {
  Request request{.path = "/containers/" + escaped(name) + "/logs",
                  .query = {{"stdout", "true"}, {"stderr", "true"}, {"follow", flag(options.follow)}, {"timestamps", flag(options.timestamps)}},
                  .limit = options.follow ? kFollowLimit : kReadLimit};
  if (options.since_s) request.query.emplace_back("since", std::to_string(*options.since_s));
  if (options.tail) request.query.emplace_back("tail", std::to_string(*options.tail));
  auto status = stream_frames(client_, request, [&](int, std::string_view bytes) { return sink(bytes); }, stop);
  // Being asked to stop following is a normal end.
  if (!status && status.error().code == ErrorCode::cancelled) return {};
  return status;
}

Status PodmanRuntime::start_exec(const std::string& id, Millis limit, std::string& output) {
  Request request{.method = "POST",
                  .path = "/exec/" + id + "/start",
                  .body = json::serialize(json::object{{"Detach", false}, {"Tty", false}}),
                  .limit = limit};
  auto keep = [&](int, std::string_view bytes) {
    output.append(bytes.substr(0, kMaxExecOutput - std::min(kMaxExecOutput, output.size())));
    return true;
  };
  return stream_frames(client_, request, keep, {});
}

// The API has no call for this; the session's inspection tells the process on this machine.
void PodmanRuntime::kill_exec(const std::string& id) {
  auto session = client_.call_json({.path = "/exec/" + id + "/json"});
  if (!session || !session->is_object() || !bool_at(session->get_object(), "Running")) return;
  if (auto pid = integer_at(session->get_object(), "Pid"); pid > 1) ::kill(static_cast<pid_t>(pid), SIGKILL);
}

Result<ExecResult> PodmanRuntime::exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) {
  auto container = string_at(TRY(ours(name)), "Id");
  json::object body{{"AttachStdout", true}, {"AttachStderr", true}, {"Cmd", json::array(argv.begin(), argv.end())}};
  auto session = TRY(client_.call_json({.method = "POST", .path = "/containers/" + container + "/exec", .body = json::serialize(body)}));
  auto id = session.is_object() ? string_at(session.get_object(), "Id") : std::string();
  if (id.empty()) return fail(ErrorCode::unavailable, "Podman made no exec session in container {}", name);
  ExecResult result;
  if (auto ran = start_exec(id, limit, result.output); !ran) {
    kill_exec(id);
    if (ran.error().code == ErrorCode::timeout)
      return fail(ErrorCode::timeout, "'{}' in container {} did not end within {} ms and was killed", printable(argv[0]), name, limit.count());
    return std::unexpected(std::move(ran).error());
  }
  auto ended = TRY(client_.call_json({.path = "/exec/" + id + "/json"}));
  if (!ended.is_object()) return fail(ErrorCode::unavailable, "Podman lost the exit code of '{}'", printable(argv[0]));
  result.exit_code = static_cast<int>(integer_at(ended.get_object(), "ExitCode"));
  return result;
}

}  // namespace podwright::podman
