#include "format/xml.hh"

#include <doctest/doctest.h>

using namespace podwright;

TEST_CASE("elements are found by path, with text, attributes and lines") {
  auto root = parse_xml("<?xml version=\"1.0\"?>\n<!-- note -->\n<project xmlns=\"http://maven\">\n  <modules>\n"
                        "    <module>web</module>\n    <module> api </module>\n  </modules>\n"
                        "  <m:Sdk Name=\"Web\"><![CDATA[a<b]]></m:Sdk>\n</project>\n", "pom.xml");
  REQUIRE(root);
  CHECK(root->name == "project");
  CHECK(root->line == 3);
  auto modules = root->find("modules")->all("module");
  REQUIRE(modules.size() == 2);
  CHECK(modules[1]->text == "api");
  CHECK(modules[1]->line == 6);
  CHECK(root->find("Sdk")->attribute("Name") == "Web");
  CHECK(root->text_at({"Sdk"}) == "a<b");
  CHECK(root->at({"modules", "none"}) == nullptr);
}

TEST_CASE("bad XML is an error with its line, and entities are never expanded") {
  auto broken = parse_xml("<a>\n<b>\n</a>\n", "x.xml");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().origin == "x.xml:3");
  CHECK_FALSE(parse_xml("", "x.xml"));
  auto entity = parse_xml("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "x.xml");
  REQUIRE(entity);
  CHECK(entity->text == "&x;");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  for (int i = 0; i < 5000; ++i) deep += "</a>";
  auto nested = parse_xml(deep, "x.xml");
  REQUIRE_FALSE(nested);
  CHECK(nested.error().code == ErrorCode::exhausted);
}
