#include "model/host.hh"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/text.hh"
#include "format/base64.hh"
#include "model/name.hh"

namespace podwright {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool consists_of(std::string_view text, bool (*allowed)(char)) {
  return std::ranges::all_of(text, allowed);
}

bool is_user(std::string_view text) {
  return !text.empty() && text.size() <= 32 && (is_letter(text.front()) || text.front() == '_') &&
         consists_of(text, [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_host_or_alias(std::string_view text) {
  return !text.empty() && text.size() <= 253 && is_word(text.front()) && !text.contains("..") &&
         consists_of(text, [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_ipv6(std::string_view text) {
  return text.size() <= 45 && std::ranges::count(text, ':') >= 2 &&
         consists_of(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

std::unexpected<Error> no_destination(std::string_view text) {
  return fail(
      error(ErrorCode::invalid, "'{}' is no SSH destination", printable(text.substr(0, 80)))
          .with_hint(
              "give user@host, user@host:port, user@[2001:db8::1]:port or the alias of a Host in your ssh_config"));
}

// Splits "host:port", "[v6]:port", "[v6]" and "v6".
std::optional<std::pair<std::string_view, std::string_view>> host_and_port(std::string_view text) {
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos || !is_ipv6(text.substr(1, end - 1))) return std::nullopt;
    auto rest = text.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || rest.size() < 2)) return std::nullopt;
    return std::pair{text.substr(1, end - 1), rest.empty() ? rest : rest.substr(1)};
  }
  if (is_ipv6(text)) return std::pair{text, std::string_view{}};
  auto colon = text.find(':');
  if (colon != text.npos && colon + 1 == text.size()) return std::nullopt;
  return std::pair{text.substr(0, colon), colon == text.npos ? std::string_view{} : text.substr(colon + 1)};
}

}  // namespace

Status check_host_name(std::string_view name) {
  if (check_app_name(name)) return {};
  return fail(error(ErrorCode::invalid, "'{}' cannot be used as the name of a host", printable(name.substr(0, 80)))
                  .with_hint("use 1 to 40 of a-z, 0-9 and '-', beginning with a letter and not ending with '-'"));
}

Status check_label(std::string_view key, std::string_view value) {
  auto is_lower_word = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  bool key_ok = !key.empty() && key.size() <= 63 && is_lower_word(key.front()) && is_lower_word(key.back()) &&
                consists_of(key, [](char c) {
                  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '_' || c == '/' || c == '-';
                });
  bool value_ok =
      value.size() <= 63 && consists_of(value, [](char c) { return is_word(c) || c == '.' || c == '_' || c == '-'; });
  if (key_ok && value_ok) return {};
  return fail(
      error(ErrorCode::invalid, "'{}={}' cannot be used as a label", printable(key.substr(0, 80)),
            printable(value.substr(0, 80)))
          .with_hint("the key is of a-z, 0-9, '.', '_', '/' and '-', the value of letters, digits, '.', '_' and '-'"));
}

Result<std::map<std::string, std::string>> parse_labels(std::string_view text) {
  std::map<std::string, std::string> labels;
  for (auto part : split(text, ',')) {
    if (part.empty()) continue;
    auto equals = part.find('=');
    if (equals == part.npos)
      return fail(error(ErrorCode::invalid, "the label '{}' has no value", printable(part.substr(0, 80)))
                      .with_hint("write key=value,key=value"));
    TRY(check_label(part.substr(0, equals), part.substr(equals + 1)));
    labels[std::string(part.substr(0, equals))] = part.substr(equals + 1);
  }
  return labels;
}

Result<SshDestination> parse_ssh_destination(std::string_view text) {
  SshDestination out;
  auto rest = text;
  if (auto at = text.find('@'); at != text.npos) {
    if (!is_user(text.substr(0, at))) return no_destination(text);
    out.user = text.substr(0, at);
    rest = text.substr(at + 1);
  }
  auto parts = host_and_port(rest);
  if (!parts || !(is_ipv6(parts->first) || is_host_or_alias(parts->first))) return no_destination(text);
  out.host = parts->first;
  if (parts->second.empty()) return out;
  auto port = parse_integer(parts->second);
  if (!port || !check_port(*port)) return no_destination(text);
  out.port = static_cast<int>(*port);
  return out;
}

std::string host_name_for(const SshDestination& destination) {
  bool is_address = consists_of(destination.host, [](char c) { return is_hex(c) || c == '.' || c == ':'; }) &&
                    destination.host.find_first_of(".:") != destination.host.npos;
  auto name =
      to_app_name(is_address ? "host-" + destination.host : destination.host.substr(0, destination.host.find('.')));
  return name;
}

Result<std::string> fingerprint(std::string_view public_key) {
  auto words = split_words(trim(public_key));
  auto blob = words.size() >= 2 && words[1].size() <= 16384 ? from_base64(words[1]) : std::nullopt;
  // The blob begins with its own type: a length of four bytes and the name.
  if (!blob || blob->size() < 4 + words[0].size() || std::string_view(*blob).substr(4, words[0].size()) != words[0])
    return fail(ErrorCode::invalid, "'{}' is no public key of OpenSSH", printable(public_key.substr(0, 80)));
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(blob->data()), blob->size(), hash.data());
  auto text = to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

Status check_fingerprint(std::string_view text) {
  constexpr std::string_view prefix = "SHA256:";
  bool ok = text.starts_with(prefix) && text.size() == prefix.size() + 43 &&
            consists_of(text.substr(prefix.size()), [](char c) { return is_word(c) || c == '+' || c == '/'; });
  if (ok) return {};
  return fail(
      error(ErrorCode::invalid, "'{}' is no fingerprint of a host key", printable(text.substr(0, 80)))
          .with_hint(
              "it reads SHA256: and 43 characters; on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"));
}

}  // namespace podwright
