#include "ship/reference.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright::ship {

namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kTag = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == text.npos;
}

// [a-z0-9]+ parts joined by single ".", "_" or "-": stricter than the specification, which allows "__" and "--" too.
bool is_path_part(std::string_view part) {
  if (!consists_of(part, std::string(kLower) + "._-")) return false;
  bool was_joint = true;
  for (char c : part) {
    bool is_joint = !kLower.contains(c);
    if (is_joint && was_joint) return false;
    was_joint = is_joint;
  }
  return !was_joint;
}

bool is_registry(std::string_view text) {
  auto colon = text.find(':');
  auto host = text.substr(0, colon);
  bool has_port = colon != text.npos;
  if (has_port && !consists_of(text.substr(colon + 1), "0123456789")) return false;
  return is_path_part(host) && (host == "localhost" || has_port || host.contains('.'));
}

}  // namespace

Result<Reference> parse_reference(std::string_view text) {
  auto refuse = [&](std::string_view why) {
    return fail(error(ErrorCode::invalid, "'{}' is no name for an image: {}", printable(text.substr(0, 300)), why)
                    .with_hint("write it like localhost/shop:7"));
  };
  auto slash = text.rfind('/');
  auto colon = text.rfind(':');
  if (text.size() > 255) return refuse("it is too long");
  if (slash == text.npos || colon == text.npos || colon < slash) return refuse("it needs a registry and a tag");
  auto name = text.substr(0, colon), tag = text.substr(colon + 1);
  auto parts = split(name, '/');
  if (!is_registry(parts[0])) return refuse("it does not begin with a registry");
  if (!std::all_of(parts.begin() + 1, parts.end(), is_path_part)) return refuse("small letters, digits and . _ - only");
  if (!consists_of(tag, kTag) || tag.size() > 128 || tag[0] == '.' || tag[0] == '-')
    return refuse("its tag is unusable");
  return Reference{.name = std::string(name), .tag = std::string(tag)};
}

}  // namespace podwright::ship
