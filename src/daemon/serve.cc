#include "daemon/serve.hh"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "api/api.hh"
#include "base/fd.hh"
#include "base/log.hh"
#include "build/podman_builder.hh"
#include "host/local_images.hh"
#include "host/remote_hosts.hh"
#include "host/roster.hh"
#include "net/http.hh"
#include "orchestrate/engine.hh"
#include "podman/environment.hh"
#include "podman/runtime.hh"
#include "route/haproxy.hh"
#include "store/store.hh"

namespace podwright::daemon {

namespace {

// Held as long as the descriptor is open: the kernel lets go of it whatever way we die.
Result<Fd> lock_state(const StatePaths& paths) {
  Fd fd(::open(paths.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(ErrorCode::failed, "cannot open {}: {}", paths.lock.native(), std::strerror(errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(error(ErrorCode::conflict, "another daemon serves {} already", paths.dir.native())
                    .with_hint("--state-dir DIR makes a second, independent installation"));
  return fd;
}

// Signals are waited for, never handled: blocked before any thread starts, so that every thread inherits it.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void wait_for_end(const sigset_t& signals) {
  for (int signal = 0; ::sigwait(&signals, &signal) == 0 && signal == SIGHUP;) continue;
}

// Another ssh_config than the user's own, for hosts.
std::string ssh_config() {
  const char* path = std::getenv("PODWRIGHT_SSH_CONFIG");
  return path ? path : "";
}

}  // namespace

Status serve(const ServeOptions& options) {
  ::mallopt(M_ARENA_MAX, 2);  // a daemon of few, mostly sleeping threads: memory counts, contention does not
  log::to_stderr();
  auto signals = block_signals();
  TRY(prepare(options.paths));
  auto lock = TRY(lock_state(options.paths));

  auto podman = TRY(podman::prepare(options.paths.dir, options.podman_socket.value_or("")));
  auto store = TRY(Store::open(options.paths.database));
  podman::PodmanRuntime runtime(podman::Client(podman.socket_path), store->installation());
  route::HaproxyOptions haproxy{.state_dir = options.paths.dir};
  if (options.http_port != 0) haproxy.listen = {{"127.0.0.1", options.http_port}};
  auto proxy = TRY(route::Haproxy::open(haproxy));
  build::PodmanSettings building{.cache_dir = options.paths.dir / "cache", .containers_conf = podman.containers_conf};
  build::PodmanBuilder builder(building);
  host::LocalImages images(options.paths.dir, podman.socket_path, building);
  auto links = TRY(host::Links::open(*store, options.paths.dir, ssh_config()));
  host::RemoteHosts hosts(*store, images, *links);

  orchestrate::Settings settings{.state_dir = options.paths.dir};
  settings.revive_runtime = [&]() -> Status {
    TRY(podman::prepare(options.paths.dir, options.podman_socket.value_or("")));
    return {};
  };
  auto engine = TRY(orchestrate::Engine::start({*store, runtime, *proxy, builder, &hosts}, settings));
  host::Roster roster(*store, *links);
  auto main_pid = ::getpid();
  auto router = api::make_router({*engine, roster, options.version, [main_pid] { ::kill(main_pid, SIGTERM); }});
  auto server = TRY(net::HttpServer::listen_unix(options.paths.api_socket, router));
  log::info("podwright {} serves {}, podman {}, http port {}", options.version, options.paths.dir.native(), podman.version, proxy->http_port());

  wait_for_end(signals);
  log::info("stopping; applications and routes go on");
  server->stop();
  return {};
}

}  // namespace podwright::daemon
