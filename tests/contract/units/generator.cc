#include "contract/units/generator.hh"

#include <cstdlib>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "support/must.hh"

namespace podwright {

namespace {

std::string debian_generator() {
  auto script = fs::path(PODWRIGHT_SOURCE_DIR) / "tests/support/debian_podman.py";
  return std::string(trim(must(run_ok({.argv = {"python3", script.native()}, .limit = std::chrono::minutes(5)}))));
}

// "5.8.0=/path/to/quadlet": old ones cannot say their version.
Generator generator_of(std::string_view entry) {
  auto equals = entry.find('=');
  return {std::string(entry.substr(equals + 1)), must(units::parse_podman_version(entry.substr(0, equals)))};
}

// What lies in Quadlet's folder; a plain unit beside it is systemd's own.
bool is_for_quadlet(const units::UnitFile& file) {
  return !file.name.ends_with(".service");
}

}  // namespace

const std::vector<Generator>& generators() {
  static const auto all = [] {
    std::vector<Generator> out{{debian_generator(), {5, 4}}};
    if (const char* more = std::getenv("PODWRIGHT_QUADLETS"))
      for (auto entry : split(more, ':')) out.push_back(generator_of(entry));
    return out;
  }();
  return all;
}

Result<std::map<std::string, std::string>> generate(const Generator& generator,
                                                    const std::vector<units::UnitFile>& files, bool rootful) {
  auto folder = TRY(TempDir::make("quadlet"));
  for (const auto& file : files)
    if (is_for_quadlet(file)) TRY(write_file(folder.path() / file.name, file.content));
  Command command{.argv = {generator.path, "-dryrun"},
                  .env = {{"QUADLET_UNIT_DIRS", folder.path().native()}},
                  .max_output = 16 << 20};
  if (!rootful) command.argv.emplace_back("-user");
  auto finished = TRY(run(command));
  std::map<std::string, std::string> services;
  std::string* current = nullptr;
  for (auto line : split(finished.out, '\n')) {
    if (line.starts_with("---") && line.ends_with("---") && line.size() > 6)
      current = &services[std::string(line.substr(3, line.size() - 6))];
    else if (current)
      (*current += line) += '\n';
  }
  for (auto line : split_lines(finished.err))
    if (!line.contains("Loading source unit")) return fail(ErrorCode::failed, "Quadlet says: {}", printable(line));
  return services;
}

}  // namespace podwright
