#include "format/ignore.hh"

#include <doctest/doctest.h>

using namespace podwright;

TEST_CASE("gitignore patterns match as git matches them") {
  struct Row {
    const char* rules;
    const char* path;
    bool folder;
    bool ignored;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"*.log", "a/b/x.log", false, true},
           {"/build", "build", true, true},
           {"/build", "a/build", true, false},
           {"build/", "a/build", true, true},
           {"build/", "build", false, false},
           {"docs/*.md", "docs/a.md", false, true},
           {"docs/*.md", "docs/a/b.md", false, false},
           {"a/**/z", "a/b/c/z", false, true},
           {"a/**/z", "a/z", false, true},
           {"**/tmp", "x/y/tmp", true, true},
           {"*.env\n!keep.env", "keep.env", false, false},
           {"# comment\n\\#file", "#file", false, true},
           {"x[0-9].c", "x5.c", false, true},
           {"x[!0-9].c", "x5.c", false, false},
           {"a?c", "a/c", false, false},
           {"trailing  ", "trailing", false, true},
       }) {
    CAPTURE(row.rules);
    CAPTURE(row.path);
    IgnoreRules rules;
    rules.add(row.rules);
    CHECK(rules.ignored(row.path, row.folder) == row.ignored);
  }
}

TEST_CASE("a nested .gitignore speaks for its own folder only") {
  IgnoreRules rules;
  rules.add("*.tmp", "sub");
  CHECK(rules.ignored("sub/deep/a.tmp", false));
  CHECK_FALSE(rules.ignored("a.tmp", false));
}

TEST_CASE("dockerignore patterns are anchored and exclude what lies below") {
  IgnoreRules rules;
  rules.add("node_modules\n**/*.pem\n!ca.pem", "", IgnoreStyle::docker);
  CHECK(rules.ignored("node_modules/x/y.js", false));
  CHECK_FALSE(rules.ignored("web/node_modules/x.js", false));
  CHECK(rules.ignored("keys/a.pem", false));
  CHECK_FALSE(rules.ignored("ca.pem", false));
}

TEST_CASE("a pattern made to backtrack ends quickly") {
  CHECK_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(4000, 'a')));
}
