#include "base/spawn.hh"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/fd.hh"
#include "base/text.hh"

extern char** environ;

namespace podwright {

namespace {

constexpr std::array<std::string_view, 14> kInherited{"PATH",   "HOME",    "USER",          "LOGNAME",       "LANG",        "LC_ALL",       "TMPDIR",
                                                      "TZ",     "SHELL",   "SSH_AUTH_SOCK", "http_proxy",    "https_proxy", "no_proxy",     "CONTAINERS_CONF"};

bool is_inherited(std::string_view key) {
  return key.starts_with("XDG_") || key == "CONTAINERS_STORAGE_CONF" || key == "DBUS_SESSION_BUS_ADDRESS" ||
         std::ranges::find(kInherited, key) != kInherited.end();
}

std::vector<std::string> child_environment(const Command& command) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view pair(*entry);
    auto key = pair.substr(0, pair.find('='));
    if (is_inherited(key) && !command.env.contains(std::string(key))) out.emplace_back(pair);
  }
  for (const auto& [key, value] : command.env) out.push_back(key + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (auto& string : strings) out.push_back(string.data());
  out.push_back(nullptr);
  return out;
}

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(ErrorCode::exhausted, "cannot make a pipe: {}", std::strerror(errno));
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

Fd open_null(int flags) { return Fd(::open("/dev/null", flags | O_CLOEXEC)); }

// Everything that the child needs, prepared before fork(): only async-signal-safe calls come after it.
struct Launch {
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::string program;  // resolved in PATH
  std::string directory;
  bool new_session = false;
};

[[noreturn]] void exec_child(const Launch& launch, char** argv, char** envp, int in, int out, int err, int report) {
  launch.new_session ? ::setsid() : ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (launch.directory.empty() || ::chdir(launch.directory.c_str()) == 0) ::execve(launch.program.c_str(), argv, envp);
  int problem = errno;
  [[maybe_unused]] auto written = ::write(report, &problem, sizeof problem);
  ::_exit(127);
}

std::string find_program(std::string_view name) {
  if (name.contains('/')) return std::string(name);
  const char* path = std::getenv("PATH");
  std::string places = path ? path : "/usr/local/bin:/usr/bin:/bin";
  places += ":/usr/sbin:/sbin";  // haproxy and friends, for users whose PATH lacks them
  for (auto place : split(places, ':')) {
    auto candidate = std::string(place) + "/" + std::string(name);
    if (!place.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

Result<Launch> prepare(const Command& command) {
  auto program = find_program(command.argv.at(0));
  if (program.empty())
    return fail(error(ErrorCode::not_found, "the program '{}' is not installed", printable(command.argv[0])));
  return Launch{.argv = command.argv, .env = child_environment(command), .program = program, .directory = command.directory};
}

Result<pid_t> launch_child(Launch launch, int in, int out, int err) {
  auto argv = pointers(launch.argv);
  auto envp = pointers(launch.env);
  auto report = TRY(make_pipe());
  pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorCode::exhausted, "cannot start '{}': {}", launch.argv[0], std::strerror(errno));
  if (pid == 0) exec_child(launch, argv.data(), envp.data(), in, out, err, report.write.get());
  if (!launch.new_session) ::setpgid(pid, pid);  // also here: whoever comes first
  report.write.reset();
  int problem = 0;
  if (::read(report.read.get(), &problem, sizeof problem) == sizeof problem) {
    ::waitpid(pid, nullptr, 0);
    return fail(ErrorCode::failed, "cannot start '{}': {}", launch.program, std::strerror(problem));
  }
  return pid;
}

void set_nonblocking(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

// The three pipes of a running child and what came through them.
struct Streams {
  const Command& command;
  Fd in, out, err;
  size_t sent = 0;
  Finished finished = {};

  bool output_open() const { return out || err; }

  void pump(int timeout_ms, const OutputSink& on_out, const OutputSink& on_err) {
    pollfd polls[3] = {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}, {in.get(), POLLOUT, 0}};
    if (::poll(polls, 3, timeout_ms) <= 0) return;
    if (polls[0].revents) read_from(out, finished.out, on_out);
    if (polls[1].revents) read_from(err, finished.err, on_err);
    if (polls[2].revents) feed();
  }

 private:
  void read_from(Fd& fd, std::string& keep, const OutputSink& sink) {
    char buffer[65536];
    auto got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fd.reset();
    std::string_view chunk(buffer, static_cast<size_t>(got));
    keep.append(chunk.substr(0, command.max_output - std::min(command.max_output, keep.size())));
    if (sink) sink(chunk);
  }

  void feed() {
    auto rest = std::string_view(command.input).substr(sent);
    auto done = rest.empty() ? 0 : ::write(in.get(), rest.data(), rest.size());
    if (done > 0) sent += static_cast<size_t>(done);
    if (sent == command.input.size() || (done < 0 && errno != EAGAIN && errno != EINTR)) in.reset();
  }
};

// Waits for the end of the child within the time, without eating another child's status.
std::optional<int> wait_for(pid_t pid, const Fd& pidfd, int timeout_ms) {
  pollfd poll{pidfd.get(), POLLIN, 0};
  if (::poll(&poll, 1, timeout_ms) <= 0) return std::nullopt;
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return 127;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int end_group(pid_t pid, const Fd& pidfd) {
  ::kill(-pid, SIGTERM);
  auto status = wait_for(pid, pidfd, 1500);
  ::kill(-pid, SIGKILL);
  return status ? *status : wait_for(pid, pidfd, 5000).value_or(137);
}

}  // namespace

Result<Finished> run(const Command& command, std::stop_token stop, const OutputSink& on_out, const OutputSink& on_err) {
  auto launch = TRY(prepare(command));
  auto in = TRY(make_pipe());
  auto out = TRY(make_pipe());
  auto err = TRY(make_pipe());
  auto deadline = Deadline::in(command.limit);
  pid_t pid = TRY(launch_child(std::move(launch), in.read.get(), out.write.get(), command.merge_stderr ? out.write.get() : err.write.get()));
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  for (auto* end : {&in.read, &out.write, &err.write}) end->reset();
  Streams streams{command, std::move(in.write), std::move(out.read), std::move(err.read)};
  set_nonblocking(streams.in);
  if (command.input.empty()) streams.in.reset();

  std::optional<int> status;
  while (!status && !stop.stop_requested() && !deadline.passed()) {
    if (streams.output_open())
      streams.pump(static_cast<int>(std::min<long>(50, deadline.left().count() + 1)), on_out, on_err);
    status = wait_for(pid, pidfd, streams.output_open() ? 0 : 50);
  }
  auto ending = status ? *status : end_group(pid, pidfd);
  // What is left in the pipes; a grandchild that keeps one open does not hold us.
  for (auto drain = Deadline::in(Millis(200)); streams.output_open() && !drain.passed();) {
    auto before = streams.finished.out.size() + streams.finished.err.size();
    streams.pump(20, on_out, on_err);
    if (streams.finished.out.size() + streams.finished.err.size() == before && !status) break;
  }
  if (!status && stop.stop_requested()) return fail(ErrorCode::cancelled, "'{}' was cancelled", command.argv[0]);
  if (!status)
    return fail(ErrorCode::timeout, "'{}' did not finish within {} s and was killed", command.argv[0],
                std::chrono::ceil<std::chrono::seconds>(command.limit).count());
  streams.finished.exit_code = ending;
  return std::move(streams.finished);
}

Result<std::string> run_ok(const Command& command, std::stop_token stop) {
  auto finished = TRY(run(command, stop));
  if (finished.exit_code == 0) return std::move(finished.out);
  auto said = trim(finished.err.empty() ? finished.out : finished.err);
  constexpr size_t enough = 2000;
  if (said.size() > enough) said.remove_prefix(said.size() - enough);
  return fail(ErrorCode::failed, "'{}' failed with exit code {}: {}", command.argv[0], finished.exit_code, said);
}

Result<pid_t> spawn_detached(const Command& command, const std::string& log_path) {
  auto launch = TRY(prepare(command));
  launch.new_session = true;
  if (launch.directory.empty()) launch.directory = "/";  // the folder where we happen to stand may be removed meanwhile
  auto in = open_null(O_RDONLY);
  auto log = log_path.empty() ? open_null(O_WRONLY) : Fd(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) return fail(ErrorCode::failed, "cannot open {}: {}", log_path, std::strerror(errno));
  return launch_child(std::move(launch), in.get(), log.get(), log.get());
}

bool has_program(std::string_view name) { return !find_program(name).empty(); }

}  // namespace podwright
