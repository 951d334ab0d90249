#include "orchestrate/probe_instance.hh"

#include "base/text.hh"

namespace podwright::orchestrate {

namespace {

ProbeAnswer run_command(Runtime& runtime, const std::string& name, const HealthCheck& check) {
  Stopwatch watch;
  auto ran = runtime.exec(name, check.command, check.timeout);
  auto detail = ran ? fmt::format("the check exited with {}: {}", ran->exit_code, printable(trim(ran->output)))
                    : printable(ran.error().message);
  return {.healthy = ran && ran->exit_code == 0, .detail = std::move(detail), .took = watch.elapsed()};
}

}  // namespace

bool is_probed(const Instance& instance, const HealthCheck& check) {
  return check.kind == ProbeKind::exec || instance.host_port != 0;
}

ProbeAnswer probe_instance(Runtime& runtime, const Instance& instance, const HealthCheck& check) {
  if (!is_probed(instance, check)) return {.healthy = true, .detail = "it runs"};
  if (check.kind == ProbeKind::exec) return run_command(runtime, instance.name, check);
  return probe(check, {instance.host_port, instance.socket});
}

}  // namespace podwright::orchestrate
