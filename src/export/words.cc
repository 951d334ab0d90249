#include "export/words.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hh"

namespace podwright::units {

namespace {

constexpr std::string_view kU0080 = "\xC2\x80";

struct Variable {
  std::string_view text;
  std::string_view name;
  std::string_view line;
};
constexpr Variable kEmpty{"", "PODWRIGHT_EMPTY", "Environment=PODWRIGHT_EMPTY=\n"};
constexpr Variable kSemicolon{";", "PODWRIGHT_SEMICOLON", "Environment=\"PODWRIGHT_SEMICOLON=;\"\n"};
constexpr Variable kControl80{kU0080, "PODWRIGHT_U0080", "Environment=\"PODWRIGHT_U0080=\xC2\x80\"\n"};
constexpr std::array kVariables{kEmpty, kSemicolon, kControl80};

std::string reference(const Variable& variable) {
  return fmt::format("${{{}}}", variable.name);
}

bool is_plain(char c) {
  bool is_letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return is_letter_or_digit || std::string_view("_-./:=,@+").contains(c);
}

// In double quotes. Both readers know these escapes; \x stands for a byte to systemd and for a code point to Quadlet,
// so only ASCII is written with it.
std::string escaped(char c) {
  auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '\\':
      return "\\\\";
    case '"':
      return "\\\"";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
}

std::string quoted(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  std::string out = "\"";
  for (char c : word) out += escaped(c);
  return out + "\"";
}

// Neither a specifier nor a variable.
std::string inert(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out;
}

// U+FDD0 to U+FDEF, and the last two code points of each plane; `text` is UTF-8.
bool holds_noncharacter(std::string_view text) {
  auto byte = [&](size_t at) { return static_cast<unsigned char>(at < text.size() ? text[at] : 0); };
  for (size_t i = 0; i < text.size(); ++i) {
    bool ends_plane = byte(i) == 0xBF && byte(i + 1) >= 0xBE && byte(i + 1) <= 0xBF;
    if (ends_plane && i > 0 && byte(i - 1) == 0xEF) return true;                                  // U+FFFE, U+FFFF
    if (ends_plane && i > 1 && byte(i - 2) >= 0xF0 && (byte(i - 1) & 0x0F) == 0x0F) return true;  // U+nFFFE, U+nFFFF
    if (byte(i) == 0xEF && byte(i + 1) == 0xB7 && byte(i + 2) >= 0x90 && byte(i + 2) <= 0xAF) return true;
  }
  return false;
}

// Byte by byte, for lines that must be UTF-8 of characters only.
std::string in_ascii(std::string_view text) {
  std::string out = "\"";
  for (char c : text)
    out += static_cast<unsigned char>(c) < 0x80 ? escaped(c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return out + "\"";
}

}  // namespace

std::string systemd_word(std::string_view word) {
  auto text = inert(word);
  return quadlet_can_carry(text) ? quoted(text) : in_ascii(text);
}

bool quadlet_can_carry(std::string_view text) {
  return is_utf8(text) && !holds_noncharacter(text);
}

bool fits_raw(std::string_view text) {
  auto is_graphic = [](char c) {
    return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x7f && c != '"';
  };
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
  return !text.empty() && is_graphic(text.front()) && is_graphic(text.back()) && text.back() != '\\' &&
         std::ranges::none_of(text, is_control);
}

std::string QuadletWords::with_variables(std::string_view text) {
  auto use = [&](const Variable& variable) {
    used_.insert(variable.name);
    return reference(variable);
  };
  if (text == kEmpty.text) return use(kEmpty);
  if (text == kSemicolon.text) return use(kSemicolon);
  auto out = inert(text);
  return out.contains(kU0080) ? replace_all(std::move(out), kU0080, use(kControl80)) : out;
}

std::string QuadletWords::word(std::string_view text) {
  return quoted(with_variables(text));
}

std::string QuadletWords::raw(std::string_view text) {
  return with_variables(text);
}

std::string QuadletWords::environment_lines() const {
  std::string out;
  for (const auto& variable : kVariables)
    if (used_.contains(variable.name)) out += variable.line;
  return out;
}

}  // namespace podwright::units
