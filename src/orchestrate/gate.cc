#include "orchestrate/gate.hh"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.hh"
#include "base/text.hh"
#include "health/oom.hh"
#include "health/verdict.hh"
#include "orchestrate/probe_instance.hh"

namespace podwright::orchestrate {

namespace {

constexpr int kReportLines = 20;
constexpr size_t kReportBytes = 4096;

Observation observe(Runtime& runtime, const Instance& instance, const HealthCheck& check) {
  Observation seen{.running = instance.state == InstanceState::running,
                   .exit_code = instance.exit_code,
                   .oom_killed = instance.oom_killed};
  if (!seen.running) return seen;
  auto answer = probe_instance(runtime, instance, check);
  seen.healthy = answer.healthy;
  seen.detail = answer.detail;
  return seen;
}

// The wait between two looks ends early when the process does.
void wait_or_exit(const Fd& pidfd, Millis wait, const std::stop_token& stop) {
  for (auto deadline = Deadline::in(wait); !deadline.passed() && !stop.stop_requested();) {
    pollfd poll{pidfd.get(), POLLIN, 0};
    auto slice = static_cast<int>(std::min<long>(50, deadline.left().count()));
    if (::poll(&poll, pidfd ? 1 : 0, slice) > 0) return;
  }
}

std::string last_lines(Runtime& runtime, const std::string& name) {
  std::string text;
  auto read = runtime.logs(name, {.tail = kReportLines},
                           [&](std::string_view chunk) {
                             text += chunk.substr(0, kReportBytes - std::min(kReportBytes, text.size()));
                             return text.size() < kReportBytes;
                           },
                           {});
  if (!read || trim(text).empty()) return "\nit printed nothing";
  std::string report = "\nits last lines:";
  for (auto line : split_lines(text)) report += "\n  | " + printable(line);
  return report;
}

std::string listening_instead(const Instance& instance, int port) {
  if (instance.pid == 0 || port == 0) return "";
  auto found = listening_in(instance.pid);
  if (found.empty()) return fmt::format("\nnothing listens in the container; expected port {}", port);
  std::string list;
  for (const auto& listening : found)
    list += fmt::format("{}{}:{}", list.empty() ? "" : ", ", listening.address, listening.port);
  return fmt::format("\nit listens on {}; expected 0.0.0.0:{}", list, port);
}

std::string hint_for(const Instance& instance, int port) {
  if (instance.state != InstanceState::running) return "its last lines say why it ended; podwright logs shows more";
  for (const auto& listening : listening_in(instance.pid)) {
    bool loopback = listening.address.starts_with("127.") || listening.address == "::1";
    if (listening.port == port && loopback) return "make it listen on 0.0.0.0 instead of " + listening.address;
    if (listening.port != port && !loopback)
      return fmt::format("deploy with --port {} or set `port: {}` in podwright.yaml", listening.port, listening.port);
  }
  return "health.start_period in podwright.yaml gives it more time, health.path names another address to ask";
}

Error report(Runtime& runtime, const std::string& name, const Service& service, const std::string& reason) {
  auto instance = runtime.inspect(name).value_or(Instance{});
  auto message =
      "the release is not healthy: " + reason + listening_instead(instance, service.port) + last_lines(runtime, name);
  return error(ErrorCode::failed, "{}", message).with_hint(hint_for(instance, service.port)).at("container " + name);
}

}  // namespace

Status wait_until_healthy(Runtime& runtime, const std::string& name, const Service& service, std::stop_token stop) {
  Gate gate(service.health);
  Stopwatch watch;
  auto instance = TRY(runtime.inspect(name));
  Fd pidfd(instance.pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, instance.pid, 0)) : -1);
  OomCounter memory(instance.pid);
  for (;;) {
    auto verdict = gate.see(watch.elapsed(), observe(runtime, instance, service.health));
    if (verdict == Verdict::passed) return {};
    if (verdict == Verdict::failed) return fail(report(runtime, name, service, gate.reason()));
    wait_or_exit(pidfd, gate.next_look(), stop);
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "the deployment was cancelled");
    bool lacked_memory = memory.kills() > 0;  // before Podman has cleaned up, which inspect waits for
    instance = TRY(runtime.inspect(name));
    instance.oom_killed |= lacked_memory && instance.exit_code != 0;
  }
}

}  // namespace podwright::orchestrate
