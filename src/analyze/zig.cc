// Zig: build.zig's executable, or a single source file.
#include <array>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

std::optional<Candidate> detect_zig(const Folder& folder) {
  static constexpr std::array<std::string_view, 5> kCalls = {"port", "listen", "parseIp", "initIp4", "parseIp4"};
  const auto sources = folder.ending({".zig"}, 200);
  const bool build = folder.has("build.zig");
  if (!build && folder.direct_ending(".zig").empty() && !folder.has("src/main.zig")) return std::nullopt;
  const std::string_view only = build ? std::string_view("build.zig") : folder.has("main.zig") ? "main.zig" : folder.has("src/main.zig") ? "src/main.zig" : folder.direct_ending(".zig");
  Candidate made = draft(folder, "zig", RuntimeKind::binary, build ? score::application : score::sources, only);
  BuildPlan& plan = made.plan;
  plan.package_manager = "zig";
  plan.version = "0.14";
  if (const auto found = find_version(folder, {".zigversion", ".zig-version"}, {"zig"})) apply_version(plan, *found, version_parts(version_number(found->constraint), 2));
  if (!build) {
    const std::string name(stem(only));
    plan.build_command = "zig build-exe -O ReleaseSafe " + shell_word(only);
    plan.outputs = {name};
    set_start(plan, folder, "./" + shell_word(name), only, 0, 0.7);
  } else {
    add_manifests(plan, folder, {"build.zig", "build.zig.zon"});
    const std::string text = without_comments(folder.read("build.zig"), false);
    const size_t at = text.find("addExecutable(");
    std::string name;
    if (at != std::string::npos) {
      const std::string_view inside = bracketed(text, at + 13);
      const size_t named = inside.find(".name");
      name = std::string(first_string(named == std::string_view::npos ? inside : inside.substr(named)).value_or(""));
    }
    if (name.empty()) name = folder.name();
    plan.name = name;
    plan.build_command = "zig build -Doptimize=ReleaseSafe";
    if (!name.empty()) {
      plan.outputs = {"zig-out/bin/" + name};
      set_start(plan, folder, "./zig-out/bin/" + shell_word(name), "build.zig", line_of(folder.read("build.zig"), "addExecutable"), 0.7);
    }
  }
  find_and_apply_port(plan, folder, sources, kCalls, folder.read("build.zig.zon").find("httpz") != std::string_view::npos || folder.read("build.zig.zon").find("zap") != std::string_view::npos ? 3000 : 0);
  if (plan.port && build) made.score = score::server;
  return made;
}

}  // namespace podwright::analyze
