// Scratch folders, files and archives for the tests of this room.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "source/source.hh"

namespace podwright::test {

inline TempDir scratch() {
  auto dir = TempDir::make("pw-source-test");
  REQUIRE(dir.has_value());
  return *std::move(dir);
}

inline void put(const fs::path& path, std::string_view content = "x") {
  REQUIRE(make_directories(path.parent_path(), 0755).has_value());
  REQUIRE(write_file(path, content).has_value());
}

inline std::string sh(std::vector<std::string> argv, const fs::path& dir, std::map<std::string, std::string> env = {}) {
  auto done = run(Command{.argv = std::move(argv), .env = std::move(env), .directory = dir.native(), .merge_stderr = true});
  REQUIRE(done.has_value());
  REQUIRE_MESSAGE(done->exit_code == 0, done->out);
  return done->out;
}

inline void git_in(const fs::path& dir, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main",
                                       "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"});
  sh(std::move(arguments), dir);
}

inline Result<Source> fetched(const SourceRequest& request, const fs::path& into, std::vector<std::string>* said = nullptr) {
  return fetch(request, into, {}, [said](std::string_view line) { if (said) said->emplace_back(line); });
}

}  // namespace podwright::test
