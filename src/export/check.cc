// What no unit can be made of. Names come from allow-lists, but a unit's name is a path and its text is read by two
// parsers, so they are looked at once more where it matters.
#include <algorithm>

#include "base/text.hh"
#include "deploy/hardening.hh"
#include "deploy/plan.hh"
#include "export/options.hh"
#include "export/words.hh"
#include "model/name.hh"

namespace podwright::units {

namespace {

constexpr size_t kLongestLine = (1 << 20) - 4096;  // systemd takes no longer one; the rest is Quadlet's own
constexpr size_t kLongestWord = (128 << 10) - 1;   // the kernel's MAX_ARG_STRLEN
constexpr size_t kLongestName = 200;               // with ".container" and systemd's own additions below NAME_MAX

bool consists_of(std::string_view text, std::string_view more) {
  auto is_fine = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.contains(c);
  };
  return std::ranges::all_of(text, is_fine);
}

// '@' would make a template of it, and '%' a specifier.
Status check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kLongestName && name.front() != '-' && name.front() != '.' &&
      consists_of(name, "-_."))
    return {};
  return fail(ErrorCode::invalid, "'{}' cannot be the name of a {}: use letters, digits, '-', '_' and '.'",
              printable(name), what);
}

// "localhost/shop:latest", "registry.example:5000/team/shop@sha256:…", an image id. Quadlet takes the last two endings
// for names of its own units.
Status check_image(std::string_view image) {
  bool is_reference =
      !image.empty() && image.size() <= 512 && consists_of(image.substr(0, 1), "") && consists_of(image, "-_.:/@");
  if (is_reference && !image.ends_with(".image") && !image.ends_with(".build")) return {};
  return fail(error(ErrorCode::invalid, "'{}' is not a reference of an image that a unit can name", printable(image))
                  .with_hint("give an image id, a digest or a full name such as localhost/shop:latest"));
}

Status check_target(std::string_view target) {
  bool is_path = target.size() > 1 && target.size() <= 4096 && target.front() == '/' && printable(target) == target;
  if (is_path && target.find_first_of(":,") == target.npos && quadlet_can_carry(target)) return {};
  return fail(ErrorCode::invalid,
              "'{}' cannot be mounted in a unit: it must be absolute, without ':', ',' and control characters",
              printable(target));
}

// One word of the command line: what `what` names. Its text may be a secret and is not shown.
Status check_word(std::string_view what, std::string_view word, Reader reader) {
  if (!is_utf8(word) || word.contains('\0'))
    return fail(error(ErrorCode::invalid, "{} is not UTF-8 text", what)
                    .with_hint("encode binary values, for example with base64"));
  if (word.size() > kLongestWord) return fail(ErrorCode::invalid, "{} is longer than 128 KiB", what);
  if (reader == Reader::quadlet && !quadlet_can_carry(word))
    return fail(
        error(ErrorCode::invalid,
              "{} holds a code point that Unicode keeps for no character, and Quadlet cannot carry it", what)
            .with_hint("encode it, for example with base64; an environment variable may be a Podman secret instead"));
  return {};
}

// What a word takes up at most once Quadlet or we have escaped it.
size_t escaped_size(std::string_view word) {
  auto needs_escape = [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && !consists_of(std::string_view(&c, 1), "");
  };
  return word.size() + 3 * static_cast<size_t>(std::ranges::count_if(word, needs_escape)) + 3;
}

Status check_names(const UnitSpec& spec) {
  const auto& instance = spec.instance;
  TRY(check_name("unit", instance.name));
  TRY(check_name("network", instance.network));
  for (const auto& volume : instance.service.volumes)
    TRY(check_name("volume", deploy::volume_name(instance.labels, volume)));
  for (const auto& [key, value] : deploy::app_labels(instance.labels)) TRY(check_name("label's value", value));
  for (const auto& name : instance.service.privileges.capabilities) TRY(check_name("capability", name));
  for (const auto& [key, secret] : spec.secret_env) {
    TRY(check_env_key(key));
    TRY(check_name("secret", secret));
  }
  return check_image(instance.service.image);
}

Status check_ports(const UnitSpec& spec) {
  if (spec.host_port == 0) return {};
  TRY(check_port(spec.host_port));
  if (spec.instance.service.port != 0) return check_port(spec.instance.service.port);
  return fail(ErrorCode::invalid, "{} has no port that could be published as {}", spec.instance.name, spec.host_port);
}

Status check_mounts(const Service& service) {
  for (const auto& mount : deploy::tmpfs_mounts(service)) TRY(check_target(mount.target));
  for (const auto& volume : service.volumes) TRY(check_target(volume.target));
  return {};
}

Status check_texts(const UnitSpec& spec, Reader reader) {
  const auto& service = spec.instance.service;
  for (const auto& [key, value] : service.env) {
    TRY(check_env_key(key));
    if (!spec.secret_env.contains(key)) TRY(check_word("the value of the environment variable " + key, value, reader));
  }
  for (const auto& [key, value] : spec.instance.labels) {
    bool is_key = !key.empty() && !key.contains('=') && consists_of(key, "-_./");
    if (!is_key) return fail(ErrorCode::invalid, "'{}' cannot be the key of a label", printable(key));
    TRY(check_word("the label " + key, value, reader));
  }
  for (const auto& word : service.command) TRY(check_word("a word of the command", word, reader));
  for (const auto& word : service.health.command) TRY(check_word("a word of the health command", word, reader));
  return {};
}

}  // namespace

Status check(const UnitSpec& spec, const UnitTarget& target, Reader reader) {
  TRY(check_names(spec));
  TRY(check_ports(spec));
  TRY(check_mounts(spec.instance.service));
  TRY(check_texts(spec, reader));
  size_t size = 0;
  for (const auto& option : container_options(spec, target)) size += escaped_size(option.word());
  for (const auto& word : spec.instance.service.command) size += escaped_size(word);
  if (size <= kLongestLine) return {};
  return fail(error(ErrorCode::invalid,
                    "the environment and the command of {} are too long for a unit, whose lines end at 1 MiB",
                    spec.instance.name)
                  .with_hint("give long values as Podman secrets"));
}

}  // namespace podwright::units
