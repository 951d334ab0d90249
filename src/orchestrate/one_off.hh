// One-off containers: `podwright run`, and the release command (migrations) before a release starts.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "deploy/plan.hh"

namespace podwright::orchestrate {

// Runs argv in a container like those of `desired`, without a port, and removes it. Answers the exit code; the sink gets
// what it prints. Errors: cancelled, and whatever the runtime cannot do.
Result<int> run_once(Runtime& runtime, const deploy::Desired& desired, const std::vector<std::string>& argv, const LogSink& sink, std::stop_token stop);

}  // namespace podwright::orchestrate
