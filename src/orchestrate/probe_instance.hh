// One look at a running instance, for the gate and for the supervisor.
#pragma once

#include "deploy/runtime.hh"
#include "health/probe.hh"

namespace podwright::orchestrate {

// Whether there is anything to ask: a worker without a command of its own is healthy as long as it runs.
bool is_probed(const Instance& instance, const HealthCheck& check);

// Asks its port, or runs the check's command in it, within check.timeout.
ProbeAnswer probe_instance(Runtime& runtime, const Instance& instance, const HealthCheck& check);

}  // namespace podwright::orchestrate
