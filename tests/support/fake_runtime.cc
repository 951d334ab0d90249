#include "support/fake_runtime.hh"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

namespace podwright {

namespace {

using namespace std::chrono_literals;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A bound socket that does not listen yet: connections are refused until the child calls listen().
Fd bound_socket(int port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(port);
  return ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? std::move(fd) : Fd();
}

int port_of(const Fd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

long left_ms(timespec start, long after_ms) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return after_ms - ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1'000'000);
}

// The life of a container's process. Only async-signal-safe calls: it was forked from a program with threads.
[[noreturn]] void live(const Behaviour& behaviour, int listener, int lifeline, const char* answer, size_t answer_size) {
  ::signal(SIGTERM, behaviour.ignores_term ? SIG_IGN : SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  timespec start{};
  ::clock_gettime(CLOCK_MONOTONIC, &start);
  bool listening = false;
  for (;;) {
    if (behaviour.exits_with && left_ms(start, behaviour.exits_after.count()) <= 0) ::_exit(*behaviour.exits_with);
    bool ready = behaviour.serves && listener >= 0 && left_ms(start, behaviour.ready_after.count()) <= 0;
    if (ready && !listening) listening = ::listen(listener, 64) == 0;
    pollfd polls[2] = {{lifeline, POLLIN, 0}, {listening ? listener : -1, POLLIN, 0}};
    ::poll(polls, 2, 5);
    if (polls[0].revents) ::_exit(0);
    if (!(polls[1].revents & POLLIN)) continue;
    int client = ::accept(listener, nullptr, nullptr);
    char request[4096];
    if (::read(client, request, sizeof request) > 0) {
      [[maybe_unused]] auto sent = ::write(client, answer, answer_size);
    }
    ::close(client);
  }
}

bool carries(const Labels& all, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& pair) {
    auto found = all.find(pair.first);
    return found != all.end() && found->second == pair.second;
  });
}

}  // namespace

FakeRuntime::~FakeRuntime() {
  auto world = world_.lock();
  for (auto& [name, container] : world->containers) {
    if (container.instance.pid <= 0) continue;
    ::kill(container.instance.pid, SIGKILL);
    ::waitpid(container.instance.pid, nullptr, 0);
  }
}

void FakeRuntime::add_image(ImageInfo image) { world_.lock()->images.push_back(std::move(image)); }
void FakeRuntime::behave(const std::string& key, Behaviour behaviour) { world_.lock()->behaviours[key] = std::move(behaviour); }
void FakeRuntime::on_exec(OnExec answer) {
  world_.lock()->on_exec = std::move(answer);
}
std::vector<std::string> FakeRuntime::calls() { return world_.lock()->calls; }

void FakeRuntime::fail_next(const std::string& operation, Error error, int times) {
  auto world = world_.lock();
  for (int i = 0; i < times; ++i) world->failures[operation].push_back(error);
}

void FakeRuntime::crash(const std::string& name) {
  auto world = world_.lock();
  if (auto found = world->containers.find(name); found != world->containers.end() && found->second.instance.pid > 0)
    ::kill(found->second.instance.pid, SIGKILL);
}

void FakeRuntime::add_foreign(const std::string& name) {
  auto world = world_.lock();
  Container container;
  container.instance.name = name;
  container.instance.id = "foreign-" + name;
  container.instance.state = InstanceState::created;
  world->containers.emplace(name, std::move(container));
}

Status FakeRuntime::enter(World& world, const std::string& operation, const std::string& subject) {
  world.calls.push_back(subject.empty() ? operation : operation + " " + subject);
  auto& failures = world.failures[operation];
  if (failures.empty()) return {};
  auto error = failures.front();
  failures.pop_front();
  return fail(std::move(error));
}

Result<FakeRuntime::Container*> FakeRuntime::ours(World& world, const std::string& name) {
  auto found = world.containers.find(name);
  if (found == world.containers.end()) return fail(ErrorCode::not_found, "no such container: {}", name);
  if (!carries(found->second.instance.labels, {{std::string(kLabelInstallation), installation_}}))
    return fail(ErrorCode::conflict, "the container '{}' exists and is not ours", name);
  refresh(found->second);
  return &found->second;
}

Behaviour FakeRuntime::behaviour_of(const World& world, const InstanceSpec& spec) {
  for (const auto& key : {spec.service.command.empty() ? std::string() : spec.service.command.front(), spec.service.image})
    if (auto found = world.behaviours.find(key); found != world.behaviours.end()) return found->second;
  return {};
}

void FakeRuntime::refresh(Container& container) {
  auto& instance = container.instance;
  int status = 0;
  if (instance.pid <= 0 || ::waitpid(instance.pid, &status, WNOHANG) != instance.pid) return;
  instance.state = InstanceState::exited;
  instance.pid = 0;
  instance.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  instance.oom_killed = container.behaviour.oom && instance.exit_code == 137;
  container.lifeline.reset();
}

void FakeRuntime::launch(Container& container) {
  auto& instance = container.instance;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  auto listener = instance.host_port ? bound_socket(instance.host_port) : Fd();
  auto answer = "HTTP/1.1 " + std::to_string(container.behaviour.http_status) + " Fake\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  sigset_t all, before;  // a signal before the child has its own handlers would run the test program's
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[1]);
    live(container.behaviour, listener.get(), ends[0], answer.data(), answer.size());
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[0]);
  container.lifeline.reset(ends[1]);
  instance.pid = pid;
  instance.state = InstanceState::running;
  instance.exit_code = 0;
  instance.oom_killed = false;
}

Result<std::string> FakeRuntime::version() {
  auto world = world_.lock();
  TRY(enter(*world, "version", ""));
  return std::string("5.0.0");
}

Result<Instance> FakeRuntime::create(const InstanceSpec& spec) {
  auto world = world_.lock();
  TRY(enter(*world, "create", spec.name));
  if (world->containers.contains(spec.name)) return TRY(ours(*world, spec.name))->instance;
  auto image = std::ranges::find_if(world->images, [&](const ImageInfo& i) { return i.id == spec.service.image || i.digest == spec.service.image; });
  if (image == world->images.end()) return fail(ErrorCode::not_found, "no such image: {}", spec.service.image);
  Container container{.instance = {}, .spec = spec, .behaviour = behaviour_of(*world, spec), .lifeline = {}};
  auto& instance = container.instance;
  instance.id = "fake" + std::to_string(world->next_id++);
  instance.name = spec.name;
  instance.state = InstanceState::created;
  instance.image_id = image->id;
  instance.labels = spec.labels;
  if (spec.service.port != 0) instance.host_port = port_of(bound_socket(0));
  auto answer = instance;
  world->containers.emplace(spec.name, std::move(container));
  return answer;
}

Status FakeRuntime::start(const std::string& name) {
  auto world = world_.lock();
  TRY(enter(*world, "start", name));
  auto* container = TRY(ours(*world, name));
  if (container->instance.state == InstanceState::running) return {};
  launch(*container);
  return {};
}

Status FakeRuntime::stop(const std::string& name, Millis grace) {
  pid_t pid = 0;
  {
    auto world = world_.lock();
    TRY(enter(*world, "stop", name));
    auto container = ours(*world, name);
    if (!container) return container.error().code == ErrorCode::not_found ? Status() : std::unexpected(container.error());
    pid = (*container)->instance.pid;
  }
  if (pid <= 0) return {};
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd poll{pidfd.get(), POLLIN, 0};
  if (grace > 0ms) ::kill(pid, SIGTERM);
  if (grace == 0ms || ::poll(&poll, 1, static_cast<int>(grace.count())) <= 0) ::kill(pid, SIGKILL);
  ::poll(&poll, 1, 5000);
  auto world = world_.lock();
  if (auto found = world->containers.find(name); found != world->containers.end()) refresh(found->second);
  return {};
}

Status FakeRuntime::remove(const std::string& name) {
  auto world = world_.lock();
  TRY(enter(*world, "remove", name));
  auto container = ours(*world, name);
  if (!container) return container.error().code == ErrorCode::not_found ? Status() : std::unexpected(container.error());
  if (auto pid = (*container)->instance.pid; pid > 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  world->containers.erase(name);
  return {};
}

Result<Instance> FakeRuntime::inspect(const std::string& name) {
  auto world = world_.lock();
  TRY(enter(*world, "inspect", name));
  auto found = world->containers.find(name);
  if (found == world->containers.end()) return fail(ErrorCode::not_found, "no such container: {}", name);
  refresh(found->second);
  return found->second.instance;
}

Result<std::vector<Instance>> FakeRuntime::list(const Labels& labels) {
  auto world = world_.lock();
  TRY(enter(*world, "list", ""));
  std::vector<Instance> out;
  for (auto& [name, container] : world->containers) {
    refresh(container);
    if (carries(container.instance.labels, labels)) out.push_back(container.instance);
  }
  return out;
}

Status FakeRuntime::logs(const std::string& name, const LogOptions& options, const LogSink& sink, std::stop_token stop) {
  std::string text;
  {
    auto world = world_.lock();
    TRY(enter(*world, "logs", name));
    auto found = world->containers.find(name);
    if (found == world->containers.end()) return fail(ErrorCode::not_found, "no such container: {}", name);
    text = found->second.behaviour.log;
  }
  if (options.tail) {
    size_t from = text.size();
    for (int lines = 0; from > 0; --from)
      if (text[from - 1] == '\n' && from != text.size() && ++lines >= *options.tail) break;
    text.erase(0, from);
  }
  if (!sink(text) || !options.follow) return {};
  while (!stop.stop_requested()) {
    auto instance = inspect(name);
    if (!instance || instance->state != InstanceState::running) break;
    std::this_thread::sleep_for(5ms);
  }
  return {};
}

Result<ExecResult> FakeRuntime::exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) {
  OnExec answer;
  TRY(begin_exec(name, argv, answer));
  return answer(name, limit);
}

Status FakeRuntime::begin_exec(const std::string& name, const std::vector<std::string>& argv, OnExec& answer) {
  auto world = world_.lock();
  TRY(enter(*world, "exec", name + " " + (argv.empty() ? std::string() : argv.front())));
  auto* container = TRY(ours(*world, name));
  if (container->instance.state != InstanceState::running) return fail(ErrorCode::conflict, "container {} is not running", name);
  answer = world->on_exec;
  return {};
}

Result<ImageInfo> FakeRuntime::image(const std::string& reference) {
  auto world = world_.lock();
  TRY(enter(*world, "image", reference));
  for (const auto& image : world->images)
    if (image.id == reference || image.digest == reference || std::ranges::find(image.names, reference) != image.names.end()) return image;
  return fail(ErrorCode::not_found, "no such image: {}", reference);
}

Result<std::vector<ImageInfo>> FakeRuntime::images(const Labels& labels) {
  auto world = world_.lock();
  TRY(enter(*world, "images", ""));
  std::vector<ImageInfo> out;
  std::ranges::copy_if(world->images, std::back_inserter(out), [&](const ImageInfo& i) { return carries(i.labels, labels); });
  return out;
}

Status FakeRuntime::remove_image(const std::string& id) {
  auto world = world_.lock();
  TRY(enter(*world, "remove_image", id));
  for (const auto& [name, container] : world->containers)
    if (container.instance.image_id == id) return fail(ErrorCode::conflict, "the image {} is used by {}", id, name);
  std::erase_if(world->images, [&](const ImageInfo& image) { return image.id == id; });
  return {};
}

Status FakeRuntime::remove_app(const Labels& labels, bool) {
  auto world = world_.lock();
  TRY(enter(*world, "remove_app", ""));
  if (!carries(labels, {{std::string(kLabelInstallation), installation_}})) return fail(ErrorCode::internal, "remove_app without our label");
  return {};
}

}  // namespace podwright
