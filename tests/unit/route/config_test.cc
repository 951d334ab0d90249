#include "route/config.hh"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"

using namespace podwright;
using namespace podwright::route;

namespace {

const fs::path kGolden = fs::path(PODWRIGHT_SOURCE_DIR) / "tests/golden/route";

// The files of one case in a folder of their own. PODWRIGHT_ACCEPT=1 takes what is rendered now as what is right.
void check_golden(const fs::path& file, const std::string& content) {
  CAPTURE(file.native());
  if (std::getenv("PODWRIGHT_ACCEPT")) {
    REQUIRE(make_directories(file.parent_path(), 0755));
    REQUIRE(write_file(file, content));
  }
  CHECK(read_file(file).value_or("") == content);
}

void check_that_haproxy_takes_it(const std::string& config, const Layout& layout) {
  auto folder = TempDir::make("podwright-route").value();
  REQUIRE(write_file(folder.path() / kConfigFile, config));
  REQUIRE(write_file(folder.path() / kHostsMap, render_hosts(layout)));
  REQUIRE(write_file(folder.path() / kRoutesMap, render_routes(layout)));
  auto checked = run({.argv = {"haproxy", "-c", "-f", (folder.path() / kConfigFile).native()}}).value();
  CAPTURE(checked.err);
  CHECK(checked.exit_code == 0);
  CHECK_FALSE(checked.err.contains("WARNING"));
}

struct Case {
  const char* name;
  Settings settings;
  RouteTable routes;
};

std::vector<Case> cases() {
  Settings local{.installation = "0123456789abcdef", .listen = {{.address = "127.0.0.1", .port = 8080}}};
  Settings open{.installation = "ab", .listen = {{.address = "0.0.0.0", .port = 80}, {.address = "[::]", .port = 80}}, .threads = 1};
  RouteSpec shop{.name = "shop.production", .hosts = {"shop.localhost", "shop.example.org", "10.99.1.2", "[fd00::1]"}, .targets = {{"pw-shop-1", 40001}, {"pw-shop-2", 40002}}};
  RouteSpec blog{.name = "blog.staging", .hosts = {"blog-staging.localhost"}, .targets = {}};
  return {{"empty", local, {}}, {"two-apps", local, {{shop.name, shop}, {blog.name, blog}}}, {"real-addresses", open, {{shop.name, shop}}}};
}

}  // namespace

TEST_CASE("the configuration is the golden one and HAProxy accepts it without a warning") {
  for (const auto& test : cases()) {
    CAPTURE(test.name);
    auto layout = with_table({.slots = 4, .slot_of = {}, .routes = {}}, test.routes, {}).value();
    auto config = render_config(test.settings, layout).value();
    check_golden(kGolden / test.name / kConfigFile, config);
    check_golden(kGolden / test.name / kHostsMap, render_hosts(layout));
    check_golden(kGolden / test.name / kRoutesMap, render_routes(layout));
    check_that_haproxy_takes_it(config, layout);
  }
}

TEST_CASE("what the files say about slots is read back") {
  auto layout = with_table({.slots = 4, .slot_of = {}, .routes = {}}, cases()[1].routes, {3}).value();
  CHECK(parse_routes(render_routes(layout)) == layout.slot_of);
  CHECK(slots_of(description(cases()[1].settings, 128)) == 128);
}

TEST_CASE("no address, port or mark outside its allow-list is written") {
  Layout layout;
  auto good = cases()[0].settings;
  for (const char* address : {"", "localhost", "*", "127.0.0.1 ssl", "1;2", "0\n"}) {
    auto bad = good;
    bad.listen[0].address = address;
    CHECK_FALSE(render_config(bad, layout));
  }
  auto port = good;
  port.listen[0].port = 0;
  CHECK_FALSE(render_config(port, layout));
  auto mark = good;
  mark.installation = "a\" b";
  CHECK_FALSE(render_config(mark, layout));
}
