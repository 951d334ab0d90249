#include "analyze/docker.hh"

#include <doctest/doctest.h>

using namespace podwright;
using namespace podwright::analyze;

TEST_CASE("only the last stage of a Dockerfile says port and command") {
  const auto facts = read_containerfile(
      "FROM node:20 AS build\nEXPOSE 1234\nCMD [\"npm\", \"test\"]\nFROM nginx\nENV PORT=8081\nEXPOSE 8080/tcp 9090\n"
      "ENTRYPOINT [\"/run.sh\"]\nCMD [\"--name\", \"a b\"]\n");
  CHECK(facts.port == 8080);
  CHECK(facts.env_port == 8081);
  CHECK(facts.command == "/run.sh --name 'a b'");
  CHECK(facts.base == "nginx");
}

TEST_CASE("a Dockerfile alone is deployed as docker") {
  const auto tree = memory_tree({{"Dockerfile", "FROM scratch\nEXPOSE 80\nCMD [\"/app\"]\n"}});
  const auto analysis = analyze::analyze(*tree);
  REQUIRE(analysis);
  CHECK(analysis->primary().language == "docker");
  CHECK(analysis->primary().port == 80);
  CHECK(analysis->primary().containerfile == "Dockerfile");
}

TEST_CASE("an empty source is an error that says what to do") {
  const auto analysis = analyze::analyze(*memory_tree({{"notes.txt", "hi"}}));
  REQUIRE_FALSE(analysis);
  CHECK(analysis.error().code == ErrorCode::invalid);
  CHECK_FALSE(analysis.error().hint.empty());
}
