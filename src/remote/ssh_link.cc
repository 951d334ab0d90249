#include "remote/ssh_link.hh"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include "base/fd.hh"
#include "base/ids.hh"
#include "base/log.hh"
#include "base/text.hh"
#include "model/name.hh"
#include "remote/login_help.hh"
#include "remote/running.hh"
#include "remote/ssh_failure.hh"

namespace podwright::remote {

namespace {

constexpr Millis kRequestLimit = std::chrono::seconds(5);  // of the master, which is on this machine

Command ssh(Argv argv, Millis limit, std::string input = {}) {
  // In "/": the master goes on in the folder where it started.
  return {.argv = std::move(argv),
          .env = {{"LC_ALL", "C"}},
          .directory = "/",
          .input = std::move(input),
          .limit = limit,
          .max_output = 64 << 10};
}

Status check_socket_path(std::string_view path) {
  bool ok = path.starts_with('/') && path.size() < 100 &&
            path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._@-") == path.npos;
  if (ok) return {};
  return fail(ErrorCode::invalid, "'{}' is no path of a socket that can be forwarded", printable(path));
}

bool accepts_connections(const fs::path& socket) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// A place among the sessions, given back at the end of the scope.
class Session {
 public:
  static std::optional<Session> take(std::counting_semaphore<8>& sessions, Millis limit) {
    if (!sessions.try_acquire_for(limit)) return std::nullopt;
    return Session(sessions);
  }
  Session(Session&& other) noexcept : sessions_(std::exchange(other.sessions_, nullptr)) {}
  ~Session() {
    if (sessions_) sessions_->release();
  }

 private:
  explicit Session(std::counting_semaphore<8>& sessions) : sessions_(&sessions) {}
  std::counting_semaphore<8>* sessions_;
};

}  // namespace

Result<std::unique_ptr<Link>> SshLink::make(LinkSettings settings) {
  SshTarget target{.destination = TRY(parse_ssh_destination(settings.destination)),
                   .ssh_config = settings.ssh_config,
                   .folder = settings.folder,
                   .connect_limit = settings.connect_limit};
  TRY(fingerprint(settings.host_key));
  TRY(make_directories(settings.folder));
  TRY(write_file(target.known_hosts(), std::string(kHostKeyAlias) + " " + settings.host_key + "\n", 0600));
  return std::unique_ptr<Link>(new SshLink(std::move(settings), std::move(target)));
}

SshLink::~SshLink() {
  if (is_open()) (void)run(ssh(exit_argv(target_), kRequestLimit));
  std::error_code ignored;
  fs::remove_all(target_.folder, ignored);
}

bool SshLink::is_open() const {
  return accepts_connections(target_.control());
}

Status SshLink::ensure() {
  auto seen = connection_.with([](const Connection& connection) { return connection.attempts; });
  auto connection = connection_.lock();
  if (is_open()) return {};
  // Who waited while another attempt failed shares its outcome instead of waiting once more.
  if (connection->attempts != seen && !connection->last_attempt) return connection->last_attempt;
  connection->last_attempt = connect(*connection);
  connection->attempts++;
  return connection->last_attempt;
}

Status SshLink::connect(Connection& connection) {
  std::error_code ignored;
  fs::remove(target_.control(), ignored);  // ssh does not listen where a dead master's socket lies
  Stopwatch watch;
  auto login = run(ssh(master_argv(target_), target_.connect_limit + std::chrono::seconds(5)));
  if (!login && login.error().code == ErrorCode::timeout)
    return fail(ErrorCode::timeout, "cannot connect to {} ({}): logging in takes longer than {} s", name(),
                settings_.destination, std::chrono::ceil<std::chrono::seconds>(target_.connect_limit).count() + 5);
  if (!login) return std::unexpected(std::move(login).error());
  if (login->exit_code != 0 || !is_open()) return fail(why_refused(login->err));
  log::info("connected to {} ({}) in {} ms", name(), settings_.destination, watch.elapsed().count());
  for (const auto& [remote, local] : connection.forwards) TRY(request_forward(local, remote));
  return {};
}

Error SshLink::why_refused(std::string_view complaint) const {
  auto problem =
      ssh_failure({.name = name(), .destination = settings_.destination, .host_key = settings_.host_key}, complaint);
  if (problem.code == ErrorCode::denied && complaint.contains("Permission denied ("))
    return with_login_help(std::move(problem), target_);
  return problem;
}

Status SshLink::request_forward(const std::string& local, const std::string& remote) const {
  auto answer = TRY(run(ssh(forward_argv(target_, local, remote), kRequestLimit)));
  if (answer.exit_code == 0) return {};
  return fail(ErrorCode::unavailable, "cannot forward {} of {}: {}", remote, name(), printable(trim(answer.err)));
}

Result<std::string> SshLink::forward(const std::string& remote) {
  TRY(ensure());
  auto connection = connection_.lock();
  if (auto known = connection->forwards.find(remote); known != connection->forwards.end()) return known->second;
  auto local = socket_path(connection->next_socket++);
  TRY(request_forward(local, remote));
  connection->forwards[remote] = local;
  return local;
}

Result<std::string> SshLink::forward_socket(const std::string& remote_path) {
  TRY(check_socket_path(remote_path));
  return forward(remote_path);
}

Result<Endpoint> SshLink::forward_port(int port) {
  TRY(check_port(port));
  return Endpoint{.socket = TRY(forward("127.0.0.1:" + std::to_string(port)))};
}

void SshLink::cancel_port(int port) {
  auto remote = "127.0.0.1:" + std::to_string(port);
  auto connection = connection_.lock();
  auto known = connection->forwards.find(remote);
  if (known == connection->forwards.end()) return;
  if (is_open()) (void)run(ssh(cancel_argv(target_, known->second, remote), kRequestLimit));
  std::error_code ignored;
  fs::remove(known->second, ignored);
  connection->forwards.erase(known);
}

Result<Finished> SshLink::run_script(const Script& script, std::stop_token stop, const OutputSink& on_out,
                                     const OutputSink& on_err) {
  auto deadline = Deadline::in(script.limit);
  auto session = Session::take(sessions_, script.limit);
  if (!session) return fail(ErrorCode::timeout, "too much is going on over the link to {}", name());
  TRY(ensure());
  auto marker = random_hex(16);
  Running running(marker, on_out, on_err);
  auto ended = run(
      ssh(session_argv(target_, remote_command(script)), std::max(Millis(1), deadline.left()),
          script_stdin(script, marker)),
      stop, [&](std::string_view chunk) { running.take_out(chunk); },
      [&](std::string_view chunk) { running.take_err(chunk); });
  if (!ended && ended.error().code == ErrorCode::timeout)
    return fail(ErrorCode::timeout, "{} did not finish a step within {} s", name(),
                std::chrono::ceil<std::chrono::seconds>(script.limit).count());
  if (!ended) return ended;
  if (auto finished = running.finish()) return std::move(*finished);
  if (!running.begun() && ended->exit_code != 255)
    return fail(error(ErrorCode::failed, "the login shell on {} does not run commands (exit code {}): {}", name(),
                      ended->exit_code, printable(trim(ended->err.empty() ? ended->out : ended->err).substr(0, 500)))
                    .with_hint("look at the start-up files of its user's shell, and whether sshd forces a command"));
  return fail(error(ErrorCode::unavailable, "the link to {} ({}) broke", name(), settings_.destination)
                  .with_hint("podwright host check " + name()));
}

}  // namespace podwright::remote
