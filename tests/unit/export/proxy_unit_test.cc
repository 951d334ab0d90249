#include "export/proxy_unit.hh"

#include <doctest/doctest.h>

#include "support/must.hh"
#include "support/unit_cases.hh"

using namespace podwright;
using namespace podwright::units;

TEST_CASE(
    "the proxy's unit is written as in tests/golden/export, and a plain one starts the container that stands there") {
  for (const auto& test : proxy_unit_cases()) {
    CAPTURE(test.name);
    auto made = must(proxy_units(proxy_spec(), test.target));
    REQUIRE(made.files.size() == 1);
    const auto& file = made.files.front();
    auto golden = read_unit_golden(test.name, file.name);
    auto command = golden.command;
    if (test.target.podman < kFirstQuadlet)
      command = command_lines(must(podman_call(must(unit_argv(file.content, "ExecStart")))));
    if (updates_golden()) write_unit_golden(test.name, file.name, golden = {command, file.content});
    CHECK(file.content == golden.content);
    CHECK(command == golden.command);
  }
}

TEST_CASE("the proxy's service has one name whatever makes it, and only a plain one must be enabled") {
  auto quadlet = must(proxy_units(proxy_spec(), {.podman = {5, 4}})),
       plain = must(proxy_units(proxy_spec(), {.podman = {4, 3}}));
  CHECK(quadlet.service == "pw-0123456789abcdef-proxy.service");
  CHECK(plain.service == quadlet.service);
  CHECK_FALSE(quadlet.enable);
  CHECK(plain.enable);
  CHECK_FALSE(read_header(plain.files.front().content));  // it is no instance of an application
}

TEST_CASE("no installation or image that could be read as more than an id gets into a proxy's unit") {
  for (const char* bad : {"", "A", "a b", "a\nExecStart=/bin/x", "../x", "%h", "a-b"})
    CHECK_FALSE(proxy_units({.installation = bad, .image = proxy_spec().image}, {}));
  CHECK_FALSE(proxy_units({.installation = std::string(41, 'a'), .image = proxy_spec().image}, {}));
  for (const char* bad : {"", "sha256:00", "localhost/x:1", "--privileged"})
    CHECK_FALSE(proxy_units({.installation = "ab", .image = bad}, {}));
}
