#include "base/text.hh"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace podwright {

namespace {

// The length of the valid UTF-8 sequence at the start of text, or 0.
size_t utf8_length(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0;
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool no_character = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);  // surrogates, above U+10FFFF
  return overlong || no_character ? 0 : length;
}

// C1 controls (U+0080–U+009F) and the bidirectional overrides change what a terminal shows.
bool is_inert(std::string_view character) {
  if (character.size() == 2 && character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0) return false;
  if (character.size() == 3 && character[0] == '\xe2') {
    auto tail = character.substr(1);
    if (tail >= "\x80\xaa" && tail <= "\x80\xae") return false;
    if (tail >= "\x81\xa6" && tail <= "\x81\xa9") return false;
  }
  return true;
}

// Insertions, deletions, replacements and swaps of neighbours ("prot" is one away from "port").
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, row);
  }
  return above.back();
}

// A number with an optional fraction at the start of text; what follows stays in text.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (problem != std::errc{} || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> split_lines(std::string_view text) {
  auto lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (auto& line : lines)
    if (line.ends_with('\r')) line.remove_suffix(1);
  return lines;
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; (at = text.find_first_not_of(" \t", at)) != text.npos;) {
    auto end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n\v\f");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n\v\f") - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = utf8_length(text);
    auto character = text.substr(0, std::max<size_t>(length, 1));
    auto byte = static_cast<unsigned char>(character[0]);
    if (character == "\n")
      out += "\\n";
    else if (character == "\t")
      out += "\\t";
    else if (character == "\r")
      out += "\\r";
    else if (length == 0 || byte < 0x20 || byte == 0x7f || !is_inert(character))
      for (char c : character) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += character;
    text.remove_prefix(character.size());
  }
  return out;
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (auto candidate : candidates)
    if (auto distance = edit_distance(to_lower(word), to_lower(candidate)); distance < best)
      best = distance, found = candidate;
  return found;
}

std::optional<long long> parse_integer(std::string_view text) {
  long long value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<long long> parse_bytes(std::string_view text) {
  auto number = take_number(text);
  if (!number || *number > 1e15) return std::nullopt;
  auto unit = to_lower(text);
  if (unit.ends_with("ib") && unit.size() == 3) unit.pop_back();
  if (unit.ends_with("b") && unit.size() == 2) unit.pop_back();
  for (auto [suffix, factor] : {std::pair{"", 0}, {"b", 0}, {"k", 10}, {"ki", 10}, {"m", 20}, {"mi", 20}, {"g", 30}, {"gi", 30}, {"t", 40}, {"ti", 40}})
    if (unit == suffix) {
      double bytes = *number * static_cast<double>(1LL << factor);
      return bytes > 9e18 ? std::nullopt : std::optional(static_cast<long long>(bytes));
    }
  return std::nullopt;
}

std::optional<long long> parse_duration_ms(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    auto number = take_number(text);
    if (!number) return std::nullopt;
    auto unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    double factor = unit == "ms" ? 1 : unit == "s" ? 1e3 : unit == "m" ? 6e4 : unit == "h" ? 3.6e6 : unit == "d" ? 8.64e7 : unit.empty() && total == 0 ? 1e3 : -1;
    if (factor < 0) return std::nullopt;
    total += *number * factor;
    if (total > 1e15) return std::nullopt;
  }
  return static_cast<long long>(total);
}

std::string format_bytes(long long bytes) {
  constexpr std::string_view units[] = {"", "Ki", "Mi", "Gi", "Ti"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit < 4) value /= 1024, ++unit;
  return value == static_cast<double>(static_cast<long long>(value)) ? fmt::format("{}{}", static_cast<long long>(value), units[unit])
                                                                      : fmt::format("{:.1f}{}", value, units[unit]);
}

}  // namespace podwright
