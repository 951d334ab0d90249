// podwright_load: keeps a route under load and prints what was lost, as JSON. Ends after --seconds or on SIGTERM.
// Exit code 0 when nothing was lost, 3 otherwise.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <thread>

#include "support/load.hh"

int main(int argc, char** argv) {
  podwright::test::LoadOptions options;
  int seconds = 10;
  int grace = 30;
  CLI::App app{"Load on one route, and a count of what was lost"};
  app.add_option("--port", options.port, "of the proxy, on 127.0.0.1")->required();
  app.add_option("--host", options.host, "the Host header")->required();
  app.add_option("--path", options.path);
  app.add_option("--connections", options.connections, "keep-alive connections")->check(CLI::Range(1, 2000));
  app.add_option("--rate", options.rate, "requests a second over all connections")->check(CLI::Range(1, 1000000));
  app.add_option("--streams", options.streams, "long answers at the same time")->check(CLI::Range(0, 1000));
  app.add_option("--stream-path", options.stream_path);
  app.add_option("--websockets", options.websockets)->check(CLI::Range(0, 1000));
  app.add_option("--websocket-path", options.websocket_path);
  app.add_option("--grace", grace, "seconds that a WebSocket may expect to live")->check(CLI::Range(0, 86400));
  app.add_option("--seconds", seconds)->check(CLI::Range(1, 86400));
  CLI11_PARSE(app, argc, argv);
  options.duration = std::chrono::seconds(seconds);
  options.websocket_grace = std::chrono::seconds(grace);

  sigset_t ending;
  sigemptyset(&ending);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&ending, signal);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::stop_source stop;
  std::jthread waiter([&] {
    int signal = 0;
    ::sigwait(&ending, &signal);
    stop.request_stop();
  });
  auto report = podwright::test::run_load(options, stop.get_token());
  std::puts(report.json().c_str());
  ::kill(::getpid(), SIGUSR1);  // ends the waiter
  return report.losses() == 0 ? 0 : 3;
}
