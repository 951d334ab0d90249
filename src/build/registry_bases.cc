#include "build/registry_bases.hh"

#include <algorithm>
#include <array>

#include "base/spawn.hh"
#include "base/text.hh"
#include "build/log_lines.hh"

namespace podwright::build {

namespace {

struct Official {
  std::string_view variant;
  std::string_view pattern;  // {} is the version
  std::string_view newest;   // when no version is asked for
};

constexpr std::array<Official, 20> kOfficial{{
    {"python", "docker.io/library/python:{}-slim", "3"},
    {"build-python", "docker.io/library/python:{}", "3"},
    {"ruby", "docker.io/library/ruby:{}-slim", "3"},
    {"build-ruby", "docker.io/library/ruby:{}", "3"},
    {"php", "docker.io/library/php:{}-apache", "8"},
    {"build-php", "docker.io/library/composer:{}", "2"},
    {"node", "docker.io/library/node:{}-slim", "lts"},
    {"build-node", "docker.io/library/node:{}", "lts"},
    {"build-rust", "docker.io/library/rust:{}", "1"},
    {"jre", "docker.io/library/eclipse-temurin:{}-jre", "21"},
    {"build-jdk", "docker.io/library/maven:3-eclipse-temurin-{}", "21"},
    {"dotnet", "mcr.microsoft.com/dotnet/aspnet:{}", "8.0"},
    {"build-dotnet", "mcr.microsoft.com/dotnet/sdk:{}", "8.0"},
    {"build-dart", "docker.io/library/dart:{}", "stable"},
    {"build-swift", "docker.io/library/swift:{}", "6.0"},
    {"beam", "docker.io/library/elixir:{}-slim", "1.18"},
    {"build-elixir", "docker.io/library/elixir:{}", "1.18"},
    {"build-erlang", "docker.io/library/erlang:{}", "27"},
    {"build-haskell", "docker.io/library/haskell:{}", "9"},
    {"build-crystal", "docker.io/crystallang/crystal:{}", "latest"},
}};

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= 40 && text[0] != '-' && text[0] != '.' &&
         std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_'; });
}

std::string without_tag(std::string_view reference) { return std::string(reference.substr(0, reference.rfind(':'))); }

// The digest under which an image is stored here, if it is.
std::optional<std::string> stored_digest(const PodmanSettings& settings, const std::string& reference) {
  auto found = run({.argv = {"podman", "image", "inspect", "--format", "{{.Digest}}", reference}, .env = podman_environment(settings)});
  if (!found || found->exit_code != 0 || !trim(found->out).starts_with("sha256:")) return std::nullopt;
  return std::string(trim(found->out));
}

}  // namespace

Result<std::string> registry_reference(const BaseRequest& request) {
  auto found = std::ranges::find(kOfficial, request.variant, &Official::variant);
  if (found == kOfficial.end())
    return fail(error(ErrorCode::not_found, "no base image provides {} {}", request.variant, printable(request.version))
                    .with_hint("write a Containerfile of your own, or ask for the version that Debian has"));
  auto version = request.version.empty() ? std::string(found->newest) : request.version;
  if (!is_tag(version)) return fail(ErrorCode::invalid, "'{}' is not a version of {}", printable(version), request.variant);
  return fmt::format(fmt::runtime(found->pattern), version);
}

Result<BaseChoice> registry_choice(std::string_view variant, std::string_view version, std::string_view reason) {
  BaseRequest request{.variant = std::string(variant), .version = std::string(version)};
  auto reference = TRY(registry_reference(request));
  return BaseChoice{.provider = BaseProvider::registry, .request = std::move(request), .reason = fmt::format("{}, so {}", reason, reference)};
}

Result<std::string> pull_pinned(const PodmanSettings& settings, const BaseRequest& request, const LineSink& on_line, std::stop_token stop) {
  auto reference = TRY(registry_reference(request));
  if (!request.packages.empty() || !request.tools.empty())
    return fail(error(ErrorCode::invalid, "{} cannot get the extra packages {}{}", reference, join(request.packages, " "), join(request.tools, " "))
                    .with_hint("write a Containerfile of your own that starts from this image"));
  auto digest = stored_digest(settings, reference);
  if (!digest) {
    on_line(fmt::format("pulling {}", reference));
    LogLines lines([&](std::string_view line) { on_line(line); });
    Command command{.argv = {"podman", "pull", reference}, .env = podman_environment(settings), .limit = std::chrono::minutes(10), .max_output = 0, .merge_stderr = true};
    auto finished = TRY(run(command, stop, [&](std::string_view chunk) { lines.add(chunk); }));
    lines.finish();
    if (finished.exit_code != 0)
      return fail(error(ErrorCode::unavailable, "the base image {} could not be pulled: {}", reference, printable(trim(lines.tail())))
                      .with_hint("it is needed because Debian's packages cannot meet the version that the project asks for: "
                                 "check the network, configure a mirror in registries.conf, or ask for Debian's version"));
    digest = stored_digest(settings, reference);
  }
  if (!digest) return fail(ErrorCode::failed, "podman pulled {} but does not know its digest", reference);
  return without_tag(reference) + "@" + *digest;
}

}  // namespace podwright::build
