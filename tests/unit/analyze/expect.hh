// What the tables of the analysis tests state about a set of files.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "analyze/analyze.hh"

namespace podwright::analyze {

using Files = std::map<std::string, std::string>;

struct Expected {
  const char* name;
  Files files;
  const char* language;
  const char* framework = "";
  const char* start = "";    // the start command, or "[dir]" for files served from there
  int port = 0;
  bool honors_port = false;
  const char* manager = "";
};

inline void check_all(const std::vector<Expected>& table) {
  for (const Expected& row : table) {
    CAPTURE(row.name);
    const auto tree = memory_tree(row.files);
    const auto analysis = analyze(*tree);
    REQUIRE(analysis);
    const BuildPlan& plan = analysis->primary();
    CHECK(plan.language == row.language);
    CHECK(plan.framework == row.framework);
    const std::string start = plan.start_command.empty() && !plan.publish_dir.empty() ? "[" + plan.publish_dir + "]" : plan.start_command;
    CHECK(start == row.start);
    CHECK(plan.port == row.port);
    CHECK(plan.honors_port == row.honors_port);
    CHECK(plan.package_manager == row.manager);
  }
}

}  // namespace podwright::analyze
