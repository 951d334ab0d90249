#include "host/survey.hh"

#include <doctest/doctest.h>

using namespace podwright;
using namespace podwright::host;

namespace {

const Labels kLabels{{std::string(kLabelInstallation), "i1"}, {std::string(kLabelApp), "shop"}, {std::string(kLabelEnvironment), "production"},
                     {std::string(kLabelRelease), "3"},       {std::string(kLabelReplica), "0"}};

std::string first_line(Labels labels, int port) { return units::header_line({.labels = std::move(labels), .host_port = port}); }

}  // namespace

TEST_CASE("our units are known by their first lines; what is foreign, another installation's or torn is left out") {
  auto others = kLabels;
  others[std::string(kLabelInstallation)] = "i2";
  Labels app{{std::string(kLabelInstallation), "i1"}, {std::string(kLabelApp), "shop"}};
  auto printed = "aa pw-i1-shop-production-3-0.container\n" + first_line(kLabels, 20001) +
                 "bb pw-i1-theirs.container\n# somebody's own unit\n"
                 "cc pw-i1-other.container\n" + first_line(others, 1) +
                 "dd pw-i1-shop-production.network\n" + first_line(app, 0) + "ee torn";
  auto found = read_survey(printed, "i1");
  REQUIRE(found.size() == 2);
  CHECK(found[0].instance() == "pw-i1-shop-production-3-0");
  CHECK(found[0].header.host_port == 20001);
  CHECK(found[0].hash == "aa");
  CHECK(found[1].instance().empty());
}

TEST_CASE("an instance gets the same port every time, another one when it is taken, and an error when all are") {
  auto port = choose_port("pw-i1-shop-production-3-0", {}).value();
  CHECK(port >= 20000);
  CHECK(port < 30000);
  CHECK(choose_port("pw-i1-shop-production-3-0", {}).value() == port);
  CHECK(choose_port("pw-i1-shop-production-3-0", {port}).value() != port);
  std::set<int> all;
  for (int taken = 20000; taken < 30000; ++taken) all.insert(taken);
  CHECK(choose_port("x", all).error().code == ErrorCode::exhausted);
}

TEST_CASE("ports in use are read from the kernel's tables, IPv4 and IPv6") {
  CHECK(read_taken_ports("  sl  local_address rem_address   st\n   0: 0100007F:1F90 00000000:0000 0A 0\n"
                         "   1: 00000000000000000000000001000000:0016 0:0 0A\nbroken\n") == std::set<int>{8080, 22});
}

TEST_CASE("the secrets of one release have names of their own") {
  CHECK(secret_prefix(kLabels) == "pw-i1-shop-production-3-");
}
