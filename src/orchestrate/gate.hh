// The health gate: no traffic before an instance answers, and an honest report when it does not.
#pragma once

#include <stop_token>
#include <string>

#include "deploy/runtime.hh"

namespace podwright::orchestrate {

// Errors: failed (it exited, or did not become healthy within its start period; the message has the last log lines,
// the exit code or OOM, the last probe's answer and what was listening instead), cancelled.
Status wait_until_healthy(Runtime& runtime, const std::string& instance, const Service& service, std::stop_token stop);

}  // namespace podwright::orchestrate
