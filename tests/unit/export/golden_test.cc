#include <doctest/doctest.h>

#include "support/unit_cases.hh"

using namespace podwright;

namespace {

bool is_plain_service(const std::string& file) {
  return file.ends_with(".service") && !file.contains("-network.") && !file.contains("-volume.");
}

std::string command_of(const units::UnitFile& file) {
  auto argv = unit_argv(file.content, "ExecStart");
  REQUIRE_MESSAGE(argv, argv.error().text());
  return command_lines(podman_call(*argv).value());
}

}  // namespace

// The commands of Quadlet's files are what the real generator makes of them: tests/contract/units.
TEST_CASE("units are written as in tests/golden/export, and plain ones start the container that stands there") {
  for (const auto& test : unit_cases()) {
    CAPTURE(test.name);
    auto made = units::emit(test.spec, test.target);
    REQUIRE_MESSAGE(made, made.error().text());
    for (const auto& file : made->files) {
      CAPTURE(file.name);
      auto golden = read_unit_golden(test.name, file.name);
      if (updates_golden()) {
        golden.content = file.content;
        if (is_plain_service(file.name)) golden.command = command_of(file);
        write_unit_golden(test.name, file.name, golden);
      }
      CHECK(file.content == golden.content);
      if (is_plain_service(file.name)) CHECK(command_of(file) == golden.command);
    }
  }
}
