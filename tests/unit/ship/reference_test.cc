#include "ship/reference.hh"

#include <doctest/doctest.h>

#include "support/must.hh"

using namespace podwright;
using namespace podwright::ship;

TEST_CASE("a name is a registry, a path and a tag") {
  auto read = must(parse_reference("localhost/podwright/shop:rel-7.1"));
  CHECK(read.name == "localhost/podwright/shop");
  CHECK(read.tag == "rel-7.1");
  CHECK(must(parse_reference("registry.example:5000/a/b_c.d-e:1")).name == "registry.example:5000/a/b_c.d-e");
}

TEST_CASE("what Podman would complete, misread or refuse is no name") {
  for (const char* text : {"",
                           "shop",
                           "shop:7",
                           "localhost/shop",
                           "team/shop:7",
                           "localhost/Shop:7",
                           "localhost/shop:",
                           "localhost/shop:-x",
                           "localhost/shop:.x",
                           "localhost//shop:7",
                           "localhost/../shop:7",
                           "/shop:7",
                           "-x/shop:7",
                           "localhost/shop:7@sha256:00",
                           "localhost/shop :7",
                           "localhost/shop:7\n",
                           "localhost/a--b:7",
                           "localhost/shop:a/b",
                           "localhost:x/shop:1",
                           "localhost/-shop:1",
                           "https://localhost/shop:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_reference(text));
  }
  CHECK_FALSE(parse_reference("localhost/" + std::string(300, 'a') + ":1"));
  CHECK_FALSE(parse_reference("localhost/shop:" + std::string(129, 'a')));
}
