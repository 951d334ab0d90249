#include "format/yaml.hh"

#include <doctest/doctest.h>

using namespace podwright;

TEST_CASE("a mapping keeps order, keys and one-based positions") {
  auto root = parse_yaml("name: shop\nports:\n  - 80\n  - \"443\"\nempty:\n", "a.yaml");
  REQUIRE(root);
  REQUIRE(root->is_mapping());
  CHECK(root->text("name") == "shop");
  const Yaml* ports = root->find("ports");
  REQUIRE(ports);
  CHECK(ports->key_line == 2);
  CHECK(ports->key_column == 1);
  CHECK(ports->children.at(0).integer() == 80);
  CHECK(ports->children.at(0).line == 3);
  CHECK(ports->children.at(0).column == 5);
  CHECK(ports->children.at(1).scalar == "443");
  CHECK_FALSE(ports->children.at(1).integer());
  CHECK(root->find("empty")->is_null());
  CHECK(root->find("missing") == nullptr);
}

TEST_CASE("scalars follow the core schema: yes is text, true is a boolean") {
  auto root = parse_yaml("[true, False, yes, 0x1f, 0o17, -3, 1.5, 'true', ~, null, +4]", "a.yaml");
  REQUIRE(root);
  const auto& items = root->children;
  CHECK(items[0].boolean() == true);
  CHECK(items[1].boolean() == false);
  CHECK_FALSE(items[2].boolean());
  CHECK(items[3].integer() == 31);
  CHECK(items[4].integer() == 15);
  CHECK(items[5].integer() == -3);
  CHECK_FALSE(items[6].integer());
  CHECK_FALSE(items[7].boolean());
  CHECK(items[8].is_null());
  CHECK(items[9].is_null());
  CHECK(items[10].integer() == 4);
}

TEST_CASE("block scalars, escapes and tags are resolved") {
  auto root = parse_yaml("a: |\n  one\n  two\nb: \"x\\ty\"\nc: !reset\nd: >-\n  f\n  g\n", "a.yaml");
  REQUIRE(root);
  CHECK(root->text("a") == "one\ntwo\n");
  CHECK(root->text("b") == "x\ty");
  CHECK(root->find("c")->tag == "!reset");
  CHECK(root->text("d") == "f g");
}

TEST_CASE("aliases are copied and merge keys give way to the mapping's own") {
  auto root = parse_yaml("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nagain: *b\n", "a.yaml");
  REQUIRE(root);
  const Yaml* use = root->find("use");
  CHECK(use->find("x")->integer() == 1);
  CHECK(use->find("y")->integer() == 3);
  CHECK(use->find("<<") == nullptr);
  CHECK(root->find("again")->find("y")->integer() == 2);
}

TEST_CASE("what is wrong is said with its place") {
  struct Case {
    const char* text;
    const char* origin;
    ErrorCode code;
  };
  for (const auto& each : {Case{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1", ErrorCode::invalid},
                           Case{"a: *nobody\n", "f.yaml:1:4", ErrorCode::invalid},
                           Case{"a: &x [*x]\n", "f.yaml:1:8", ErrorCode::invalid},
                           Case{"? [a, b]\n: 1\n", "f.yaml:1:3", ErrorCode::invalid},
                           Case{"a: 1\n---\nb: 2\n", "f.yaml:2:1", ErrorCode::invalid},
                           Case{"a: 1\n%\xff", "f.yaml:2:2", ErrorCode::invalid},
                           Case{"\x1b[2J", "f.yaml:1:1", ErrorCode::invalid}}) {
    CAPTURE(each.text);
    auto root = parse_yaml(each.text, "f.yaml");
    REQUIRE_FALSE(root);
    CHECK(root.error().code == each.code);
    CHECK(root.error().origin == each.origin);
  }
  auto broken = parse_yaml("a:\n  - b\n c: [\n", "f.yaml");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == ErrorCode::invalid);
  CHECK(broken.error().origin.starts_with("f.yaml:"));
}

TEST_CASE("bombs are refused quickly") {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    std::string line = fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) line += fmt::format("{}*a{}", j ? ", " : "", i - 1);
    laughs += line + "]\n";
  }
  auto bomb = parse_yaml(laughs, "f.yaml");
  REQUIRE_FALSE(bomb);
  CHECK(bomb.error().code == ErrorCode::exhausted);
  CHECK_FALSE(parse_yaml(std::string(100'000, '['), "f.yaml"));
  std::string braces;
  for (int i = 0; i < 60; ++i) braces += "{a: ";
  CHECK_FALSE(parse_yaml(braces, "f.yaml"));
  CHECK_FALSE(parse_yaml(std::string(5 << 20, 'a'), "f.yaml"));
}

TEST_CASE("an empty text is a null document") {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n"}) {
    auto root = parse_yaml(text, "f.yaml");
    REQUIRE(root);
    CHECK(root->is_null());
  }
}
