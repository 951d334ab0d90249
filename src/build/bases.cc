// choose_bases: which base images a plan stands on, and why.
#include <algorithm>
#include <array>

#include "base/text.hh"
#include "build/build.hh"
#include "build/layout.hh"
#include "build/recipe.hh"
#include "build/registry_bases.hh"
#include "build/start_command.hh"

namespace podwright::build {

namespace {

struct Standing {
  std::string_view language;
  std::string_view build;
};

constexpr std::array<Standing, 28> kBuildVariants{{
    {"node", "build-node"},     {"bun", "build-bun"},       {"deno", "build-deno"},       {"python", "build-python"}, {"go", "build-go"},
    {"rust", "build-rust"},     {"java", "build-jdk"},      {"kotlin", "build-jdk"},      {"scala", "build-scala"},   {"clojure", "build-clojure"},
    {"ruby", "build-ruby"},     {"php", "build-php"},       {"elixir", "build-elixir"},   {"erlang", "build-erlang"}, {"gleam", "build-gleam"},
    {"haskell", "build-haskell"}, {"swift", "build-swift"}, {"zig", "build-zig"},         {"crystal", "build-crystal"}, {"cobol", "build-cobol"},
    {"c", "build-cc"},          {"cpp", "build-cc"},        {"static", "build-static"},   {"shell", "build-shell"},   {"lua", "build-lua"},
    {"dotnet", "build-dotnet"}, {"fsharp", "build-dotnet"}, {"dart", "build-dart"},
}};

std::string build_variant(const BuildPlan& plan) {
  if (plan.framework == "hugo" || plan.framework == "jekyll") return "build-" + plan.framework;
  auto found = std::ranges::find(kBuildVariants, plan.language, &Standing::language);
  return found == kBuildVariants.end() ? "build-generic" : std::string(found->build);
}

std::string native_run_variant(const BuildPlan& plan) {
  if (plan.language == "go") return plan.env.contains("CGO_ENABLED") && plan.env.at("CGO_ENABLED") == "1" ? "cc" : "static";
  if (plan.language == "crystal" || plan.language == "cobol") return plan.language;
  return "cc";
}

std::string run_variant(const BuildPlan& plan) {
  switch (plan.runtime) {
    case RuntimeKind::static_files: return "web";
    case RuntimeKind::binary: return native_run_variant(plan);
    case RuntimeKind::node: return "node";
    case RuntimeKind::deno: return "deno";
    case RuntimeKind::bun: return "bun";
    case RuntimeKind::python: return "python";
    case RuntimeKind::ruby: return "ruby";
    case RuntimeKind::php: return "php";
    case RuntimeKind::jre: return "jre";
    case RuntimeKind::dotnet: return "dotnet";
    case RuntimeKind::beam: return "beam";
    case RuntimeKind::dart: return "cc";
    case RuntimeKind::shell: return "shell";
    case RuntimeKind::lua: return "lua";
    case RuntimeKind::containerfile: return "";
  }
  return "";
}

std::vector<long long> numbers(std::string_view version) {
  std::vector<long long> found;
  for (auto part : split(version, '.')) {
    auto number = parse_integer(part);
    if (!number) break;
    found.push_back(*number);
  }
  return found;
}

bool same_as_far_as_said(std::string_view have, std::string_view wanted) {
  auto a = numbers(have), b = numbers(wanted);
  auto common = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return std::equal(a.begin(), a.begin() + common, b.begin());
}

// Later versions of these still build and run what asks for an earlier one of the same major.
bool serves_older(std::string_view variant) {
  for (std::string_view name : {"rust", "php", "elixir", "beam", "erlang", "crystal", "swift", "haskell", "lua", "hugo"})
    if (variant.ends_with(name)) return true;
  return false;
}

// Whether Debian's own version of a variant will do.
bool debian_serves(std::string_view variant, std::string_view wanted) {
  auto own = debian_version(variant);
  if (wanted.empty() || own.empty() || same_as_far_as_said(own, wanted)) return true;
  if (variant == "build-go") return true;  // its toolchain line fetches a newer one from the module proxy
  auto a = numbers(own), b = numbers(wanted);
  return serves_older(variant) && !b.empty() && a[0] == b[0] && b <= a;
}

BaseChoice debian(std::string variant, std::string version, std::string reason) {
  return {.provider = BaseProvider::debian, .request = {.variant = std::move(variant), .version = std::move(version)}, .reason = std::move(reason)};
}

std::string asked(const BuildPlan& plan) {
  auto what = plan.version_constraint.empty() ? plan.version : plan.version_constraint;
  for (const auto& evidence : plan.evidence)
    if (evidence.field == "version" && !evidence.file.empty()) return fmt::format("{} ({}{})", what, evidence.file, evidence.line ? fmt::format(":{}", evidence.line) : "");
  return what;
}

// Java's versions are compatible backwards, so the oldest of Debian's that is new enough.
Result<BaseChoice> choose_java(std::string variant, const BuildPlan& plan) {
  auto wanted = numbers(plan.version);
  auto major = wanted.empty() ? 21 : wanted[0] == 1 && wanted.size() > 1 ? wanted[1] : wanted[0];
  if (major <= 21) return debian(variant, "", plan.version.empty() ? "Debian's Java 21" : fmt::format("Debian's Java 21 serves {}", asked(plan)));
  bool has_25 = debian_version(variant + "-25") == "25";
  if (major <= 25 && has_25) return debian(variant + "-25", "", fmt::format("Debian's Java 25 serves {}", asked(plan)));
  return registry_choice(variant, plan.version, fmt::format("Debian's newest Java is 25, asked for is {}", asked(plan)));
}

Result<BaseChoice> choose(const std::string& variant, const BuildPlan& plan) {
  bool of_language = variant != "web" && variant != "static" && variant != "cc" && variant != "shell" && variant != "build-cc" && variant != "build-static";
  if (variant == "jre" || variant == "build-jdk" || variant == "build-scala" || variant == "build-clojure") return choose_java(variant, plan);
  if (variant.ends_with("dotnet") || variant.ends_with("dart"))
    return registry_choice(variant, plan.version, fmt::format("Debian has no packages for {}", plan.language));
  if (!of_language || plan.version.empty()) return debian(variant, variant.ends_with("deno") || variant.ends_with("bun") ? std::string(debian_version(variant)) : "", "Debian's own packages");
  if (variant.ends_with("deno") || variant.ends_with("bun")) return debian(variant, plan.version, fmt::format("the exact version {} from the npm registry", plan.version));
  if (debian_serves(variant, plan.version)) return debian(variant, "", fmt::format("Debian's {} {} serves {}", plan.language, debian_version(variant), asked(plan)));
  if (variant.ends_with("node")) return debian(variant, plan.version, fmt::format("Node {} from the npm registry serves {}", plan.version, asked(plan)));
  return registry_choice(variant, plan.version, fmt::format("Debian has {} {}, asked for is {}", plan.language, debian_version(variant), asked(plan)));
}

// Package managers that are not Debian packages.
std::vector<std::string> build_tools(const BuildPlan& plan) {
  const auto& manager = plan.package_manager;
  if (plan.language == "node" && (manager == "pnpm" || manager == "yarn")) return {"npm:corepack"};
  if (plan.language == "node" && manager == "bun") return {"npm:bun"};
  if (manager == "uv" || manager == "poetry" || manager == "pipenv" || manager == "pdm") return {"pip:" + manager};
  if (plan.language == "zig") return {"pip:ziglang"};
  return {};
}

std::vector<std::string> sorted(std::vector<std::string> packages) {
  std::ranges::sort(packages);
  auto [first, last] = std::ranges::unique(packages);
  packages.erase(first, last);
  return packages;
}

}  // namespace

Result<Bases> choose_bases(const BuildPlan& plan) {
  if (plan.runtime == RuntimeKind::containerfile) return fail(ErrorCode::internal, "a plan with its own Containerfile stands on no base image of ours");
  Bases bases{.build = TRY(choose(build_variant(plan), plan)), .run = TRY(choose(run_variant(plan), plan))};
  // A native binary or a static site takes nothing of the language's runtime; an interpreter must be the very same.
  if (bases.build.provider == BaseProvider::registry && (plan.runtime == RuntimeKind::python || plan.runtime == RuntimeKind::ruby))
    bases.run = TRY(registry_choice(run_variant(plan), plan.version, bases.build.reason));
  bases.build.request.packages = sorted(plan.build_packages);
  bases.build.request.tools = build_tools(plan);
  bases.run.request.packages = sorted(plan.run_packages);
  if (plan.runtime == RuntimeKind::node && needs_npm(run_argv(plan))) bases.run.request.variant = "node-npm";
  if (plan.runtime == RuntimeKind::beam && !plan.outputs.empty()) bases.run = debian("cc", "", "the release brings its own Erlang");
  return bases;
}

}  // namespace podwright::build
