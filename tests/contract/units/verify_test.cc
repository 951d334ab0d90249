#include <doctest/doctest.h>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "contract/units/generator.hh"
#include "support/must.hh"
#include "support/unit_cases.hh"

using namespace podwright;

namespace {

// What systemd says about services when it reads them; "" when it has nothing to say.
std::string complaints(const std::map<std::string, std::string>& services) {
  auto folder = must(TempDir::make("units"));
  Command command{.argv = {"systemd-analyze", "verify", "--man=no"}, .merge_stderr = true};
  for (const auto& [name, text] : services) {
    auto path = folder.path() / name;
    REQUIRE(write_file(path, text));
    command.argv.push_back(path.native());
  }
  auto finished = must(run(command));
  return finished.exit_code == 0 ? finished.out : "failed: " + finished.out;
}

}  // namespace

TEST_CASE("systemd reads our units, and those that Quadlet makes, without a word") {
  for (const auto& test : unit_cases()) {
    CAPTURE(test.name);
    auto target = test.target;
    target.systemd = 0;  // nothing that this machine's systemd might not know
    auto made = must(units::emit(test.spec, target));
    std::map<std::string, std::string> services;
    for (const auto& file : made.files)
      if (file.name.ends_with(".service")) services[file.name] = file.content;
    const auto& generator = generators().front();
    if (test.target.podman >= units::kFirstQuadlet && test.target.podman <= generator.version)
      services.merge(must(generate(generator, made.files, target.rootful)));
    if (!services.empty()) CHECK(complaints(services) == "");
  }
}

TEST_CASE("systemd's verdict is heard: an unknown key and text that is not UTF-8 are complained of") {
  CHECK(complaints({{"a.service", "[Service]\nFoo=1\nExecStart=/bin/true\n"}}).contains("Foo"));
  CHECK(complaints({{"a.service", "[Service]\nExecStart=/bin/echo \xEF\xBF\xBF\n"}}).contains("UTF-8"));
}
