#include <doctest/doctest.h>

#include "contract/units/generator.hh"
#include "support/must.hh"
#include "support/unit_cases.hh"

using namespace podwright;

namespace {

bool is_quadlet_case(const UnitCase& test) {
  return test.target.podman >= units::kFirstQuadlet;
}

std::string service_of(const std::string& file) {
  auto stem = file.substr(0, file.rfind('.'));
  if (file.ends_with(".network")) return stem + "-network.service";
  return stem + (file.ends_with(".volume") ? "-volume.service" : ".service");
}

// Options that newer generators choose themselves are the same for every unit; all of ours must stand in the golden
// file.
void check_case(const UnitCase& test, const Generator& generator) {
  auto made = must(units::emit(test.spec, test.target));
  auto services = must(generate(generator, made.files, test.target.rootful));
  CHECK(services.contains(made.service));
  for (const auto& file : made.files) {
    CAPTURE(file.name);
    if (file.name.ends_with(".service")) continue;
    auto command = command_lines(must(podman_call(must(unit_argv(services[service_of(file.name)], "ExecStart")))));
    auto golden = read_unit_golden(test.name, file.name);
    if (updates_golden()) write_unit_golden(test.name, file.name, {command, golden.content});
    CHECK(command == read_unit_golden(test.name, file.name).command);
  }
}

}  // namespace

TEST_CASE("Podman's generator makes the commands of tests/golden/export from our Quadlet files") {
  for (const auto& test : unit_cases()) {
    if (!is_quadlet_case(test) || test.target.podman > generators().front().version) continue;
    CAPTURE(test.name);
    check_case(test, generators().front());
  }
}
