// Which layers travel, in which loads.
#include "ship/plan.hh"

#include <doctest/doctest.h>

#include "unit/ship/images.hh"

using namespace podwright;
using namespace podwright::ship;

namespace {

constexpr long long kMiB = 1 << 20;

// "base+code|deps": the loads of a plan, each with the names of the layers in it and the length of its prefix.
std::string shown(const Plan& plan, const std::vector<std::string>& names) {
  std::string out;
  for (const auto& step : plan.steps) {
    if (!out.empty()) out += " | ";
    for (const auto& layer : step.travelling)
      for (const auto& name : names)
        if (layer_digest(name) == layer.digest) out += name + " ";
    out += ">" + std::to_string(step.layers);
  }
  return out;
}

}  // namespace

TEST_CASE("only missing layers travel, and each large one in a load of its own") {
  struct Row {
    const char* what;
    std::vector<std::pair<std::string, long long>> layers;
    std::vector<std::string> present;
    std::string expected;
    long long bytes;
  };
  const Row rows[] = {
      {"nothing is there and all is small: one load", {{"a", 10}, {"b", 20}}, {}, "a b >2", 30},
      {"the code changed",
       {{"base", 80 * kMiB}, {"deps", 20 * kMiB}, {"code", 3072}},
       {"base", "deps"},
       "code >3",
       3072},
      {"everything is there but the image", {{"base", 80 * kMiB}, {"code", 9}}, {"base", "code"}, ">2", 0},
      {"an empty image", {}, {}, ">0", 0},
      {"large ones go alone",
       {{"base", 80 * kMiB}, {"deps", 20 * kMiB}, {"code", 5}},
       {},
       "base >1 | deps >2 | code >3",
       100 * kMiB + 5},
      {"what is there in between belongs to the prefix",
       {{"base", 80 * kMiB}, {"there", 50}, {"deps", 20 * kMiB}},
       {"there"},
       "base >2 | deps >3",
       100 * kMiB},
      {"small ones before a large one go before it",
       {{"a", 5}, {"b", 6}, {"big", 8 * kMiB}, {"c", 7}},
       {},
       "a b >2 | big >3 | c >4",
       8 * kMiB + 18},
      {"many small ones are cut too",
       {{"a", 5 * kMiB}, {"b", 5 * kMiB}, {"c", 5 * kMiB}},
       {},
       "a b >2 | c >3",
       15 * kMiB},
      {"a large one that is the last missing ends with the image",
       {{"big", 9 * kMiB}, {"there", 3}},
       {"there"},
       "big >2",
       9 * kMiB},
      {"a layer that stands there twice travels once",
       {{"empty", 1024}, {"a", 4}, {"empty", 1024}},
       {},
       "empty a >3",
       1028},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    std::set<std::string> present;
    for (const auto& name : row.present) present.insert(layer_digest(name));
    std::vector<std::string> names;
    for (const auto& [name, size] : row.layers)
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    auto made = plan(image_with(row.layers), present);
    CHECK(shown(made, names) == row.expected);
    CHECK(made.bytes() == row.bytes);
    CHECK(made.steps.back().layers == row.layers.size());
  }
}

TEST_CASE("what arrived makes the plan of the next attempt shorter") {
  auto image = image_with({{"base", 80 * kMiB}, {"deps", 20 * kMiB}, {"code", 5}});
  auto first = plan(image, {});
  std::set<std::string> arrived;
  for (const auto& layer : first.steps[0].travelling) arrived.insert(layer.digest);
  auto second = plan(image, arrived);
  CHECK(second.steps == std::vector<Step>(first.steps.begin() + 1, first.steps.end()));
}

TEST_CASE("the name of a prefix depends on its layers alone") {
  auto one = image_with({{"base", 80 * kMiB}, {"deps", 20 * kMiB}, {"code", 5}});
  auto two = image_with({{"base", 80 * kMiB}, {"other", 20 * kMiB}});
  CHECK(partial_reference(one, 1) == partial_reference(two, 1));
  CHECK(partial_reference(one, 2) != partial_reference(two, 2));
  CHECK(partial_references(one).size() == 3);
  CHECK(partial_references(one).at(partial_reference(one, 2)) == 2);
  CHECK(is_partial_reference(partial_reference(one, 1)));
  CHECK_FALSE(is_partial_reference("localhost/shop:1"));
}
