#include "format/toml.hh"

#include <doctest/doctest.h>

using namespace podwright;

TEST_CASE("tables, dotted keys and arrays of tables are found by path, with lines") {
  auto root = parse_toml("[project]\nname = \"api\"\ndependencies = [\n  \"fastapi>=0.1\",\n  'uvicorn',\n]\n"
                         "[tool.poetry.dependencies]\npython = \"^3.11\"\n[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"\n",
                         "pyproject.toml");
  REQUIRE(root);
  CHECK(root->text_at({"project", "name"}) == "api");
  const Toml* dependencies = root->at({"project", "dependencies"});
  REQUIRE(dependencies);
  REQUIRE(dependencies->children.size() == 2);
  CHECK(dependencies->children[0].text == "fastapi>=0.1");
  CHECK(dependencies->children[0].line == 4);
  CHECK(root->at({"tool", "poetry", "dependencies", "python"})->line == 8);
  CHECK(root->find("bin")->children.at(1).text_at({"name"}) == "b");
  CHECK(root->at({"tool", "missing"}) == nullptr);
}

TEST_CASE("scalars keep their text") {
  auto root = parse_toml("a = true\nb = 0x10\nc = 1.5\nd = 2024-01-02\n", "a.toml");
  REQUIRE(root);
  CHECK(root->text_at({"a"}) == "true");
  CHECK(root->text_at({"b"}) == "16");
  CHECK(root->text_at({"c"}) == "1.5");
  CHECK(root->text_at({"d"}) == "2024-01-02");
}

TEST_CASE("bad TOML is an error with its place and bombs are refused") {
  auto twice = parse_toml("a = 1\na = 2\n", "x.toml");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == ErrorCode::invalid);
  CHECK(twice.error().origin.starts_with("x.toml:2:"));
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  CHECK_FALSE(parse_toml(dots + " = 1\n", "x.toml"));
  CHECK_FALSE(parse_toml("a = " + std::string(100'000, '['), "x.toml"));
  CHECK_FALSE(parse_toml(std::string(5 << 20, '#'), "x.toml"));
}
