// The documented JSON and the explanation, held by files. PODWRIGHT_UPDATE_GOLDEN=1 writes them anew.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>

#include "analyze/analyze.hh"
#include "base/fs.hh"

using namespace podwright;

namespace {

void check_golden(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(PODWRIGHT_SOURCE_DIR) / "tests/golden/analyze" / name;
  if (std::getenv("PODWRIGHT_UPDATE_GOLDEN")) REQUIRE(write_file(path, text));
  const auto held = read_file(path);
  REQUIRE(held);
  CHECK(*held == text);
}

const std::map<std::string, std::string> kShop = {
    {"package.json", R"({
  "name": "@acme/shop",
  "engines": { "node": ">=18 <21" },
  "scripts": { "build": "tsc", "start": "node dist/main.js" },
  "dependencies": { "express": "^4.18.0", "pg": "^8.11.0" },
  "devDependencies": { "typescript": "^5.0.0" }
}
)"},
    {"package-lock.json", "{}"},
    {"src/main.ts", "import express from 'express';\nconst app = express();\nconst url = process.env.DATABASE_URL;\napp.listen(process.env.PORT || 4000);\n"},
    {".env.example", "DATABASE_URL=postgres://localhost/shop\n"},
    {"Makefile", "all:\n"}};

}  // namespace

TEST_CASE("the JSON of an analysis is as documented") {
  const auto analysis = analyze::analyze(*analyze::memory_tree(kShop));
  REQUIRE(analysis);
  const auto object = to_json(*analysis);
  std::string text = "{\n";
  for (const auto& entry : object) text += "  " + boost::json::serialize(boost::json::string(entry.key())) + ": " + boost::json::serialize(entry.value()) + ",\n";
  check_golden("shop.json", text + "}\n");
}

TEST_CASE("the explanation names file and line of every decision") {
  const auto analysis = analyze::analyze(*analyze::memory_tree(kShop));
  REQUIRE(analysis);
  check_golden("shop.txt", analyze::explain(*analysis));
}
