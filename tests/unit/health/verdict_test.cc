#include <doctest/doctest.h>

#include "health/verdict.hh"

using namespace podwright;
using namespace std::chrono_literals;

namespace {

struct Look {
  Millis at;
  char seen;  // '+' healthy, '-' not, 'x' ended with 1, 'o' out of memory, 's' ended by SIGSEGV
  Verdict expected;
};

Observation observed(char seen) {
  switch (seen) {
    case '+': return {.running = true, .healthy = true, .detail = "HTTP 200"};
    case '-': return {.running = true, .healthy = false, .detail = "connection refused"};
    case 'o': return {.running = false, .exit_code = 137, .oom_killed = true};
    case 's': return {.running = false, .exit_code = 139};
    default: return {.running = false, .exit_code = 1};
  }
}

}  // namespace

TEST_CASE("the gate waits, passes after the stability window and fails on an end or when time is over") {
  using enum Verdict;
  struct Row {
    const char* name;
    std::vector<Look> looks;
    const char* reason;
  };
  const Row rows[] = {
      {"healthy at once", {{0ms, '+', waiting}, {50ms, '+', waiting}, {100ms, '+', passed}}, ""},
      {"slow start", {{0ms, '-', waiting}, {900ms, '-', waiting}, {950ms, '+', waiting}, {1050ms, '+', passed}}, ""},
      {"one failure starts the window anew",
       {{0ms, '+', waiting}, {90ms, '-', waiting}, {110ms, '+', waiting}, {150ms, '+', waiting}, {210ms, '+', passed}}, ""},
      {"ends at once", {{10ms, 'x', failed}}, "it ended with exit code 1"},
      {"ends in the window", {{0ms, '+', waiting}, {50ms, 'x', failed}}, "it ended with exit code 1"},
      {"out of memory", {{10ms, 'o', failed}}, "it ran out of memory (exit code 137)"},
      {"a signal", {{10ms, 's', failed}}, "it ended by signal 11 (exit code 139)"},
      {"never answers", {{0ms, '-', waiting}, {1000ms, '-', failed}}, "it did not answer well within 1000 ms: connection refused"},
      {"a verdict stays", {{1000ms, '-', failed}, {1100ms, '+', failed}}, "it did not answer well within 1000 ms: connection refused"},
      {"healthy at the last moment still gets its window", {{999ms, '+', waiting}, {1050ms, '+', waiting}, {1100ms, '+', passed}}, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Gate gate({.start_period = 1000ms, .stability = 100ms});
    for (const auto& look : row.looks) {
      CAPTURE(look.at.count());
      CHECK(gate.see(look.at, observed(look.seen)) == look.expected);
    }
    CHECK(gate.reason() == row.reason);
  }
}

TEST_CASE("without a stability window the first good answer passes") {
  Gate gate({.stability = 0ms});
  CHECK(gate.see(5ms, observed('+')) == Verdict::passed);
}

TEST_CASE("the gate looks fast at first, slower later, and exactly at the window's end") {
  Gate gate({.start_period = 60s, .stability = 100ms});
  CHECK(gate.next_look() == 20ms);
  Millis before = gate.next_look();
  for (int i = 0; i < 30; ++i) {
    gate.see(Millis(i), observed('-'));
    CHECK(gate.next_look() >= before);
    before = gate.next_look();
  }
  CHECK(before == 250ms);
  gate.see(1000ms, observed('+'));
  CHECK(gate.next_look() == 25ms);
  gate.see(1095ms, observed('+'));
  CHECK(gate.next_look() == 5ms);
}

TEST_CASE("a live instance becomes unhealthy after its retries in a row and healthy with one success") {
  LiveHealth live({.interval = 5s, .retries = 3});
  CHECK(live.next_look() == 5s);
  CHECK_FALSE(live.see(false));
  CHECK(live.next_look() == 1s);
  CHECK_FALSE(live.see(false));
  CHECK_FALSE(live.see(true));
  CHECK_FALSE(live.see(false));
  CHECK_FALSE(live.see(false));
  CHECK(live.see(false));
  CHECK_FALSE(live.healthy());
  CHECK(live.next_look() == 5s);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(live.see(false));
  CHECK(live.next_look() == 40s);
  CHECK(live.see(true));
  CHECK(live.healthy());
  CHECK(live.next_look() == 5s);
}

TEST_CASE("restarts begin at once, then wait longer up to a minute, and anew after a good minute") {
  RestartBackoff backoff;
  std::vector<long> waits;
  for (int i = 0; i < 9; ++i) waits.push_back(backoff.next(100ms).count());
  CHECK(waits == std::vector<long>{0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000});
  CHECK(backoff.next(61s) == 0ms);
  CHECK(backoff.restarts() == 1);
}
