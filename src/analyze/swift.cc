// Swift packages (Vapor, Hummingbird) and single main.swift files.
#include <array>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

// .executableTarget(name: "App", …), or a product .executable(name: "App", …).
std::string executable_target(const Folder& folder, std::string_view text) {
  for (const std::string_view kind : {".executable(", ".executableTarget("}) {
    const size_t at = text.find(kind);
    if (at == std::string_view::npos) continue;
    const std::string_view inside = bracketed(text, at + kind.size() - 1);
    for (const auto argument : arguments(inside)) {
      if (argument.starts_with("name:")) return std::string(first_string(argument).value_or(""));
    }
  }
  // Older manifests have plain targets: the one with a main.swift runs.
  for (const auto file : folder.ending({"/main.swift"}, 20)) {
    const auto parts = split(file, '/');
    if (parts.size() == 3 && parts[0] == "Sources") return std::string(parts[1]);
  }
  const size_t at = text.find("Package(");
  return at == std::string_view::npos ? "" : std::string(first_string(text.substr(at)).value_or(""));
}

}  // namespace

std::optional<Candidate> detect_swift(const Folder& folder) {
  static constexpr std::array<std::string_view, 5> kCalls = {"port:", "bind", "listen", "port =", "start"};
  const auto sources = folder.ending({".swift"}, 300);
  if (!folder.has("Package.swift")) {
    const std::string_view only = folder.has("main.swift") ? "main.swift" : folder.direct_ending(".swift");
    if (only.empty()) return std::nullopt;
    Candidate made = draft(folder, "swift", RuntimeKind::binary, score::sources, only);
    made.plan.version = "6.0";
    made.plan.build_command = "swiftc -O -static-stdlib -o app *.swift";
    made.plan.outputs = {"app"};
    set_start(made.plan, folder, "./app", only, 0, 0.7);
    find_and_apply_port(made.plan, folder, sources, kCalls, 0);
    return made;
  }
  Candidate made = draft(folder, "swift", RuntimeKind::binary, score::application, "Package.swift");
  BuildPlan& plan = made.plan;
  const std::string_view raw = folder.read("Package.swift");
  const std::string text = without_comments(raw, false);
  plan.package_manager = "swift";
  plan.version = "6.0";
  if (const auto found = find_version(folder, {".swift-version"}, {"swift"})) {
    apply_version(plan, *found, version_parts(version_number(found->constraint), 2));
  } else if (const size_t at = raw.find("swift-tools-version"); at != std::string_view::npos) {
    const std::string number = version_number(raw.substr(at, raw.find('\n', at) - at));
    plan.version_constraint = ">=" + number;
    note(plan, folder, "version", plan.version_constraint, "Package.swift", 1, 0.7);
  }
  add_manifests(plan, folder, {"Package.swift", "Package.resolved"});
  plan.install_command = "swift package resolve";
  plan.build_command = "swift build -c release --static-swift-stdlib";
  const std::string target = executable_target(folder, text);
  plan.name = target;
  if (target.empty()) return made;
  plan.outputs = {".build/release/" + target};
  for (const std::string_view data : {"Public", "Resources"}) {
    if (folder.has_any_below(data)) plan.outputs.emplace_back(data);
  }
  set_start(plan, folder, "./.build/release/" + target, "Package.swift", line_of(raw, target), 0.7);
  struct Web {
    std::string_view package;
    std::string_view name;
  };
  for (const Web& web : {Web{"vapor/vapor", "vapor"}, Web{"hummingbird-project/hummingbird", "hummingbird"}, Web{"Kitura", "kitura"}, Web{"swift-server/swift-openapi", "openapi"}}) {
    if (text.find(web.package) == std::string::npos) continue;
    set_framework(plan, folder, web.name, "Package.swift", line_of(raw, web.package));
    made.score = score::server;
    break;
  }
  if (plan.framework == "vapor") {
    plan.start_command += " serve --env production --hostname 0.0.0.0 --port $PORT";
    default_port(plan, folder, 8080, true, "Package.swift");
    return made;
  }
  find_and_apply_port(plan, folder, sources, kCalls, plan.framework.empty() ? 0 : 8080);
  if (plan.port) made.score = score::server;
  return made;
}

}  // namespace podwright::analyze
