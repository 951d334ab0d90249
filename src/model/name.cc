#include "model/name.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright {

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}
bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

// Foreign text for a message: inert, and never a screenful.
std::string shown(std::string_view text) {
  constexpr size_t enough = 80;
  return text.size() <= enough ? printable(text) : printable(text.substr(0, enough)) + "…";
}

Status refuse(std::string_view value, std::string_view what, std::string_view rule) {
  if (value.empty()) return fail(error(ErrorCode::invalid, "the {} is empty", what).with_hint(std::string(rule)));
  return fail(
      error(ErrorCode::invalid, "'{}' cannot be used as the {}", shown(value), what).with_hint(std::string(rule)));
}

bool is_label(std::string_view text, size_t longest) {
  return !text.empty() && text.size() <= longest && is_lower(text.front()) && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_word(c) || c == '-'; });
}

// The characters of git's own rules (git-check-ref-format) less those that mean something to a shell; letters of
// other scripts are fine as long as a terminal shows them as they are.
bool has_only_ref_characters(std::string_view ref) {
  constexpr std::string_view marks = "._-/+@#=,%";
  return printable(ref) == ref &&
         std::ranges::all_of(ref, [&](char c) { return is_word(c) || !is_ascii(c) || marks.contains(c); });
}

bool is_ref_part(std::string_view part) {
  return !part.empty() && part.front() != '.' && !part.ends_with(".lock");
}

}  // namespace

Status check_app_name(std::string_view name) {
  if (is_label(name, 40)) return {};
  return refuse(name, "application name",
                "use 1 to 40 of a-z, 0-9 and '-', beginning with a letter and not ending with '-'");
}

Status check_environment_name(std::string_view name) {
  if (is_label(name, 20)) return {};
  return refuse(name, "environment name",
                "use 1 to 20 of a-z, 0-9 and '-', beginning with a letter and not ending with '-'");
}

Status check_domain(std::string_view domain) {
  constexpr std::string_view rule =
      "use a host name such as app.example.com: no scheme, port, path, wildcard or IP address; "
      "write an international name in its xn-- form";
  auto labels = split(domain, '.');
  bool is_name = domain.size() <= 253 && std::ranges::all_of(labels, is_host_label);
  bool is_address = std::ranges::all_of(labels.back(), is_digit);
  if (!is_name || is_address) return refuse(domain, "domain", rule);
  return {};
}

Status check_env_key(std::string_view key) {
  bool ok = !key.empty() && key.size() <= 128 && !is_digit(key.front()) &&
            std::ranges::all_of(key, [](char c) { return is_word(c) || c == '_'; });
  if (ok) return {};
  return refuse(key, "name of an environment variable", "use A-Z, a-z, 0-9 and '_', not beginning with a digit");
}

Status check_env_value(std::string_view value) {
  constexpr size_t longest = 64 << 10;
  if (value.contains('\0')) return fail(ErrorCode::invalid, "an environment value cannot hold a NUL byte");
  if (value.size() > longest)
    return fail(error(ErrorCode::invalid, "an environment value of {} bytes is longer than {}", value.size(), longest)
                    .with_hint("put large data into a file or a volume"));
  return {};
}

Status check_git_ref(std::string_view ref) {
  bool ok = !ref.empty() && ref.size() <= 255 && ref.front() != '-' && ref.front() != '+' && ref != "@" &&
            !ref.ends_with('.') && !ref.contains("..") && !ref.contains("@{") && has_only_ref_characters(ref) &&
            std::ranges::all_of(split(ref, '/'), is_ref_part);
  if (ok) return {};
  return refuse(ref, "git reference", "give a branch, a tag or a commit, for example main, v1.2 or 3f2c9d1");
}

Status check_relative_path(std::string_view path) {
  bool ok = !path.empty() && path.size() <= 4096 && path.front() != '/' && path.front() != '-' &&
            printable(path) == path && std::ranges::none_of(split(path, '/'), [](auto part) { return part == ".."; });
  if (ok) return {};
  return refuse(path, "path",
                "give a path below the source's root, for example services/web: no leading '/' or '-', no '..'");
}

Status check_volume_name(std::string_view name) {
  bool ok = !name.empty() && name.size() <= 64 && is_word(name.front()) &&
            std::ranges::all_of(name, [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
  if (ok) return {};
  return refuse(name, "volume name",
                "use 1 to 64 of letters, digits, '_', '.' and '-', beginning with a letter or digit");
}

Status check_port(long long port) {
  if (port >= 1 && port <= 65535) return {};
  return fail(ErrorCode::invalid, "port {} is not between 1 and 65535", port);
}

std::string to_app_name(std::string_view text) {
  std::string out;
  for (char c : to_lower(text)) {
    bool keeps = is_lower(c) || is_digit(c);
    if (keeps)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  if (!out.empty() && is_digit(out.front())) out.insert(0, "app-");
  out.resize(std::min<size_t>(out.size(), 40));
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "app" : out;
}

}  // namespace podwright
