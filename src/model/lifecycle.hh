// The phases of a deployment and the only moves between them.
#pragma once

#include <optional>
#include <string_view>

namespace podwright {

enum class Phase {
  queued,
  analyzing,
  building,
  provisioning,
  deploying,
  healthy,
  exposed,  // end: success
  failed,   // not an end by itself: rolling back follows where there is something to undo
  rolling_back,
  rolled_back,  // end
  cancelled,    // end
  built,        // end of `podwright build`
  superseded,   // end: a newer deployment of the same app and environment came before this one ran
  split,        // end: the source holds several services, and each became a deployment of its own
};

std::string_view name(Phase phase);  // "QUEUED", "ANALYZING", …
std::optional<Phase> phase_named(std::string_view name);

bool can_move(Phase from, Phase to);
bool is_final(Phase phase);    // exposed, failed, rolled_back, cancelled, built, superseded, split: its job is done
bool is_running(Phase phase);  // analyzing … healthy, rolling_back

}  // namespace podwright
