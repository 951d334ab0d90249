#include <doctest/doctest.h>

#include "contract/units/generator.hh"
#include "support/must.hh"
#include "support/unit_cases.hh"

using namespace podwright;

TEST_CASE("Podman's generator makes the proxy's command of our Quadlet file") {
  for (const auto& test : proxy_unit_cases()) {
    if (test.target.podman < units::kFirstQuadlet) continue;
    CAPTURE(test.name);
    auto made = must(units::proxy_units(proxy_spec(), test.target));
    const auto& file = made.files.front();
    auto services = must(generate(generators().front(), made.files, test.target.rootful));
    auto command = command_lines(must(podman_call(must(unit_argv(services[made.service], "ExecStart")))));
    if (updates_golden()) write_unit_golden(test.name, file.name, {command, file.content});
    CHECK(command == read_unit_golden(test.name, file.name).command);
  }
}
