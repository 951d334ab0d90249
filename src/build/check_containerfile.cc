// check_containerfile: what a repository's own Dockerfile must not do. Builds share the machine with other applications,
// and buildah up to 1.34 lets a RUN mount reach host paths through symlinks and "..", so the doubtful is refused.
#include <algorithm>
#include <array>
#include <map>

#include "base/text.hh"
#include "build/build.hh"
#include "build/instructions.hh"

namespace podwright::build {

namespace {

using Values = std::map<std::string, std::string>;

std::unexpected<Error> refuse(std::string_view what, std::string_view hint) {
  return fail(error(ErrorCode::denied, "{}", what).with_hint(std::string(hint)));
}

bool has_parent_step(std::string_view path) {
  auto parts = split(path, '/');
  return std::ranges::find(parts, std::string_view("..")) != parts.end();
}

// Image references that name a path or another store of this machine instead of an image.
bool is_local_transport(std::string_view reference) {
  auto lower = to_lower(reference);
  for (std::string_view transport : {"dir", "oci", "oci-archive", "docker-archive", "docker-daemon", "containers-storage", "tarball", "sif", "ostree", "atomic"})
    if (lower.starts_with(std::string(transport) + ":")) return true;
  return lower.starts_with('/') || lower.starts_with('.');
}

Status check_image(std::string_view reference) {
  if (is_local_transport(reference))
    return refuse(fmt::format("the image '{}' would be read from this machine's files", printable(reference)), "name an image of a registry, or `scratch`");
  auto lower = to_lower(reference);
  if (lower.starts_with("localhost/podwright/") && !lower.starts_with("localhost/podwright/base/"))
    return refuse(fmt::format("'{}' is the image of an application", printable(reference)), "only localhost/podwright/base/ images may be built upon");
  return {};
}

bool is_private_host(std::string_view host) {
  auto lower = to_lower(host);
  for (std::string_view start : {"localhost", "127.", "10.", "192.168.", "169.254.", "0.", "[", "metadata.google.internal", "172.16.", "172.17.", "172.18.", "172.19.", "172.2", "172.30.", "172.31."})
    if (lower.starts_with(start)) return true;
  return lower.ends_with(".localhost") || lower.ends_with(".internal") || lower.ends_with(".local") || lower.find_first_not_of("0123456789") == std::string::npos ||
         lower.starts_with("0x");
}

Status check_remote(std::string_view source) {
  auto scheme = source.find("://");
  if (scheme == std::string_view::npos) return {};
  auto name = to_lower(source.substr(0, scheme));
  auto authority = source.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  auto host = authority.starts_with('[') ? authority : authority.substr(0, authority.find(':'));
  if ((name != "http" && name != "https" && name != "git") || host.empty() || is_private_host(host))
    return refuse(fmt::format("'{}' is not an address that a build may fetch", printable(source)), "ADD takes https:// addresses of public hosts");
  return {};
}

constexpr std::string_view kMountHint = "use COPY, or COPY --from=STAGE, instead of this mount";

struct MountOption {
  std::string key;
  std::string value;
};

// "type=cache,target=/x,ro"; options may be quoted as in CSV, which take_flags has undone already.
std::vector<MountOption> mount_options(std::string_view text) {
  std::vector<MountOption> options;
  for (auto part : split(text, ',')) {
    auto equals = part.find('=');
    options.push_back({to_lower(trim(part.substr(0, equals))), equals == std::string_view::npos ? "" : std::string(trim(part.substr(equals + 1)))});
  }
  return options;
}

bool is_allowed(std::string_view type, std::string_view key) {
  for (std::string_view common : {"type", "target", "dst", "destination", "ro", "readonly", "rw", "readwrite"})
    if (key == common) return true;
  auto among = [&](std::initializer_list<std::string_view> keys) { return std::ranges::find(keys, key) != keys.end(); };
  if (type == "bind") return among({"source", "src"});
  if (type == "cache") return among({"id", "sharing", "mode", "uid", "gid"});
  if (type == "secret" || type == "ssh") return among({"id", "required", "mode", "uid", "gid", "env"});
  return type == "tmpfs" && among({"size", "tmpfs-size", "tmpfs-mode"});
}

Status check_mount(std::string_view text, const Values& values) {
  auto options = mount_options(expand(text, values));
  auto type_option = std::ranges::find(options, "type", &MountOption::key);
  auto type = type_option == options.end() ? "bind" : to_lower(type_option->value);
  for (const auto& [key, value] : options) {
    if (!is_allowed(type, key)) return refuse(fmt::format("a {} mount with '{}' is not allowed", printable(type), printable(key)), kMountHint);
    bool is_path = key == "id" || key == "source" || key == "src" || key == "target" || key == "dst" || key == "destination";
    if (is_path && (has_parent_step(value) || value.contains('\\'))) return refuse(fmt::format("the mount's {} '{}' leaves its folder", key, printable(value)), kMountHint);
    if ((key == "source" || key == "src" || (key == "id" && type != "cache")) && value.starts_with('/'))
      return refuse(fmt::format("the mount's {} '{}' is an absolute path", key, printable(value)), kMountHint);
  }
  return {};
}

Status check_run(const Instruction& instruction, const Values& values) {
  for (const auto& flag : instruction.flags) {
    auto equals = std::min(flag.find('='), flag.size());
    auto name = to_lower(std::string_view(flag).substr(0, equals));
    auto value = equals < flag.size() ? flag.substr(equals + 1) : std::string();
    if (name == "--mount") TRY(check_mount(value, values));
    else if (name == "--network" && (value == "none" || value == "default")) continue;
    else return refuse(fmt::format("RUN {} is not allowed", printable(flag)), "a build gets no privileges, devices or host network");
  }
  return {};
}

Status check_copy(const Instruction& instruction, const Values& values) {
  for (const auto& flag : instruction.flags)
    if (auto text = expand(flag, values); text.starts_with("--from=")) TRY(check_image(std::string_view(text).substr(7)));
  for (const auto& word : instruction_words(instruction.rest)) TRY(check_remote(expand(word, values)));
  return {};
}

void remember(const Instruction& instruction, Values& values) {
  for (const auto& word : instruction_words(instruction.rest)) {
    auto equals = word.find('=');
    if (equals != std::string::npos) values[word.substr(0, equals)] = expand(std::string_view(word).substr(equals + 1), values);
  }
}

Status check(const Instruction& instruction, Values& values) {
  const auto& keyword = instruction.keyword;
  if (keyword == "ARG" || keyword == "ENV") remember(instruction, values);
  if (keyword == "RUN") return check_run(instruction, values);
  if (keyword == "COPY" || keyword == "ADD") return check_copy(instruction, values);
  if (keyword != "FROM") return {};
  auto words = split_words(instruction.rest);
  return words.empty() ? Status() : check_image(trim(replace_all(expand(words[0], values), "\"", "")));
}

}  // namespace

Status check_containerfile(std::string_view text, std::string_view file_name) {
  constexpr size_t most = 1 << 20;
  if (text.size() > most) return fail(error(ErrorCode::denied, "a Containerfile larger than 1 MiB is not read").at(printable(file_name)));
  if (to_lower(file_name).ends_with(".in"))  // buildah runs the C preprocessor on it, which includes any file of this machine
    return fail(error(ErrorCode::denied, "a Containerfile with the ending .in would be preprocessed").at(printable(file_name)).with_hint("rename it"));
  for (bool here_documents : {true, false}) {
    Values values;
    for (const auto& instruction : read_instructions(text, here_documents))
      if (auto fine = check(instruction, values); !fine)
        return std::unexpected(std::move(fine.error()).at(fmt::format("{}:{}", printable(file_name), instruction.line)));
  }
  return {};
}

std::vector<std::string> bound_sources(std::string_view text) {
  std::vector<std::string> sources;
  Values values;
  for (const auto& instruction : read_instructions(text, false)) {
    if (instruction.keyword == "ARG" || instruction.keyword == "ENV") remember(instruction, values);
    for (const auto& flag : instruction.flags)
      if (instruction.keyword == "RUN" && flag.starts_with("--mount="))
        for (const auto& [key, value] : mount_options(expand(std::string_view(flag).substr(8), values)))
          if (key == "source" || key == "src") sources.push_back(value);
  }
  return sources;
}

std::vector<std::string> named_bases(std::string_view text) {
  constexpr std::string_view prefix = "localhost/podwright/base/";
  std::vector<std::string> variants;
  for (const auto& instruction : read_instructions(text, false)) {
    auto words = split_words(instruction.rest);
    if (instruction.keyword != "FROM" || words.empty() || !words[0].starts_with(prefix)) continue;
    auto name = words[0].substr(prefix.size());
    if (name.ends_with(":13")) variants.emplace_back(name.substr(0, name.size() - 3));
  }
  return variants;
}

}  // namespace podwright::build
