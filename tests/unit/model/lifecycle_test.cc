#include "model/lifecycle.hh"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace podwright;
using enum Phase;

namespace {

const std::vector<Phase> kAll{queued, analyzing,    building,    provisioning, deploying,  healthy, exposed,
                              failed, rolling_back, rolled_back, cancelled,    superseded, built,   split};

}  // namespace

TEST_CASE("every phase has a name that leads back to it") {
  std::set<std::string_view> names;
  for (auto phase : kAll) {
    CHECK(phase_named(name(phase)) == phase);
    names.insert(name(phase));
  }
  CHECK(names.size() == kAll.size());
  CHECK_FALSE(phase_named("queued").has_value());
  CHECK_FALSE(phase_named("").has_value());
}

TEST_CASE("a deployment walks from queued to exposed") {
  std::vector<Phase> story{queued, analyzing, building, provisioning, deploying, healthy, exposed};
  for (size_t i = 1; i < story.size(); ++i) CHECK(can_move(story[i - 1], story[i]));
}

TEST_CASE("a failure ends rolled back") {
  for (auto phase : {analyzing, building, provisioning, deploying, healthy}) CHECK(can_move(phase, failed));
  CHECK(can_move(failed, rolling_back));
  CHECK(can_move(rolling_back, rolled_back));
}

TEST_CASE("a rollback to a kept release skips analysis and building") { CHECK(can_move(queued, provisioning)); }

TEST_CASE("work that was lost with its daemon is queued again") {
  for (auto phase : {analyzing, building, provisioning, deploying, healthy}) CHECK(can_move(phase, queued));
}

TEST_CASE("only a waiting deployment is superseded, and no phase moves to itself or skips the gate") {
  for (auto phase : kAll) {
    CHECK(can_move(phase, superseded) == (phase == queued));
    CHECK_FALSE(can_move(phase, phase));
    CHECK(can_move(phase, exposed) == (phase == healthy));
  }
}

TEST_CASE("an end stays an end, except that a failure can be undone and an exposed release can fail") {
  for (auto phase : kAll)
    for (auto next : kAll) {
      if (!is_final(phase) || !can_move(phase, next)) continue;
      bool is_allowed = (phase == failed && next == rolling_back) || (phase == exposed && next == failed);
      INFO(name(phase), " → ", name(next));
      CHECK(is_allowed);
    }
}

TEST_CASE("every phase is waiting, running or an end, and each of the first two has a way to an end") {
  for (auto phase : kAll) {
    CHECK(int(phase == queued) + int(is_running(phase)) + int(is_final(phase)) == 1);
    std::set<Phase> reached{phase};
    for (size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (auto from : std::set<Phase>(reached))
        for (auto to : kAll)
          if (can_move(from, to)) reached.insert(to);
    }
    if (!is_final(phase)) CHECK(reached.contains(rolled_back));
  }
}
