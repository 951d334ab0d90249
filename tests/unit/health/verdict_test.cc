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
  CHECK(live.next_look(1h) == 5s);
  CHECK_FALSE(live.see(false));
  CHECK(live.next_look(1h) == 1s);
  CHECK_FALSE(live.see(false));
  CHECK_FALSE(live.see(true));
  CHECK_FALSE(live.see(false));
  CHECK_FALSE(live.see(false));
  CHECK(live.see(false));
  CHECK_FALSE(live.healthy());
  CHECK(live.next_look(1h) == 5s);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(live.see(false));
  CHECK(live.next_look(1h) == 40s);
  CHECK(live.next_look(10s) == 5s);
  CHECK(live.see(true));
  CHECK(live.healthy());
  CHECK(live.next_look(1h) == 5s);
}

TEST_CASE("what stays unhealthy wants a restart, with more patience after each that did not help") {
  LiveHealth live({.interval = 5s, .start_period = 60s, .retries = 3});
  std::vector<int> failures;
  for (int restart = 0; restart < 6; ++restart) {
    while (!live.wants_restart(1h)) live.see(false);
    failures.push_back(live.failures());
    CHECK_FALSE(live.wants_restart(59s));
    live.restarted();
    CHECK_FALSE(live.healthy());
    CHECK(live.next_look(1s) == 1s);
  }
  CHECK(failures == std::vector<int>{6, 9, 15, 27, 27, 27});
  CHECK(live.see(true));
  for (int i = 1; i < 12; ++i) live.see(true);  // a minute
  while (!live.wants_restart(1h)) live.see(false);
  CHECK(live.failures() == 6);
}

TEST_CASE("one success keeps an unhealthy instance from being restarted, and so does its owner") {
  LiveHealth live({.start_period = 1s, .retries = 1});
  CHECK(live.see(false));
  CHECK(live.see(true));
  CHECK(live.see(false));
  CHECK_FALSE(live.wants_restart(1h));
  LiveHealth left_alone({.retries = 1, .restart = false});
  for (int i = 0; i < 100; ++i) left_alone.see(false);
  CHECK_FALSE(left_alone.wants_restart(1h));
}

TEST_CASE("restarts begin at once, then wait longer up to a minute, and anew after a good minute") {
  RestartBackoff backoff;
  std::vector<long> waits;
  for (int i = 0; i < 9; ++i) waits.push_back(backoff.next(100ms).count());
  CHECK(waits == std::vector<long>{0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000});
  CHECK(backoff.next(61s) == 0ms);
  CHECK(backoff.restarts() == 1);
}
