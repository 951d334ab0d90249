#include "deploy/plan.hh"

#include <doctest/doctest.h>

using namespace podwright;
using namespace podwright::deploy;

namespace {

Desired desired(int release, int replicas) {
  Desired out{.installation = "abc", .key = {"shop", "production"}, .release = release};
  out.service.replicas = replicas;
  return out;
}

Instance instance(const std::string& name, InstanceState state = InstanceState::running) { return {.name = name, .state = state}; }

std::vector<std::string> lines(const Desired& want, const std::vector<Instance>& observed) { return describe(plan(want, observed)); }

}  // namespace

TEST_CASE("a first release is created, started, gated and then routed") {
  CHECK(lines(desired(1, 1), {}) == std::vector<std::string>{"create container pw-abc-shop-production-1-0", "start container pw-abc-shop-production-1-0",
                                                             "wait until healthy: pw-abc-shop-production-1-0", "switch the route"});
}

TEST_CASE("the old release is retired only after the route was switched") {
  auto steps = plan(desired(2, 1), {instance("pw-abc-shop-production-1-0")});
  CHECK(steps.back().kind == StepKind::retire);
  CHECK(steps[steps.size() - 2].kind == StepKind::route);
}

TEST_CASE("what runs already is gated and routed, never made twice") {
  auto steps = plan(desired(1, 1), {instance("pw-abc-shop-production-1-0")});
  CHECK(describe(steps) == std::vector<std::string>{"wait until healthy: pw-abc-shop-production-1-0", "switch the route"});
}

TEST_CASE("an exited instance is started again, a missing one is made again") {
  auto steps = lines(desired(1, 2), {instance("pw-abc-shop-production-1-1", InstanceState::exited)});
  CHECK(steps[0] == "create container pw-abc-shop-production-1-0");
  CHECK(steps[2] == "start container pw-abc-shop-production-1-1");
}

TEST_CASE("scaling down retires the surplus replicas, stopping retires all") {
  std::vector<Instance> two{instance("pw-abc-shop-production-1-0"), instance("pw-abc-shop-production-1-1")};
  CHECK(lines(desired(1, 1), two).back() == "drain, stop and remove pw-abc-shop-production-1-1");
  CHECK(lines(desired(0, 1), two).size() == 3);
}
