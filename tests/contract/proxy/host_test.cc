// Steps of tests/e2e/test_host_proxy.py.
#include <doctest/doctest.h>

#include <cstdlib>

#include "real_proxy.hh"
#include "support/must.hh"

using namespace podwright;
using namespace podwright::test;

// PODWRIGHT_TEST_STAYS is "<port> <address of the host>"; an application listens there on 127.0.0.1:20001.
TEST_CASE("a proxy that stays on its host" * doctest::skip()) {
  auto words = split_words(std::getenv("PODWRIGHT_TEST_STAYS"));
  auto port = static_cast<int>(*parse_integer(words.at(0)));
  auto server = host_server(kStays);
  route::Haproxy proxy(std::make_unique<route::UnitHome>(server->reach()),
                       {.installation = kStays, .listen = {{"0.0.0.0", port}, {"[::]", port}}});
  must(proxy.ensure_running({}));
  RouteSpec shop{
      .name = "shop.production", .hosts = {std::string(words.at(1)), "shop.localhost"}, .targets = {{"a", 20001}}};
  must(proxy.set_route(shop));
  CHECK(must(proxy.observe()) == RouteTable{{shop.name, shop}});
}
