#include "support/systemd_unit.hh"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hh"

namespace podwright {

namespace {

constexpr std::string_view kBlanks = " \t\n\r";

void append_utf8(std::string& out, unsigned long code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::optional<unsigned long> number(std::string_view digits, int base, size_t count) {
  if (digits.size() < count) return std::nullopt;
  unsigned long value = 0;
  for (char c : digits.substr(0, count)) {
    auto at = std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
    if (at == std::string_view::npos || static_cast<int>(at) >= base) return std::nullopt;
    value = value * static_cast<unsigned long>(base) + at;
  }
  return value == 0 ? std::nullopt : std::optional(value);
}

// systemd.syntax(7): the escape after a backslash; answers how many characters it has, 0 when there is no such escape.
size_t unescape(std::string_view rest, std::string& out) {
  constexpr std::string_view names = "abfnrtv\\\"'s";
  constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\\"' ";
  if (rest.empty()) return 0;
  if (auto at = names.find(rest[0]); at != names.npos) {
    out += meanings[at];
    return 1;
  }
  auto digits = rest.substr(1);
  if (rest[0] == 'x') {
    auto byte = number(digits, 16, 2);
    if (byte) out += static_cast<char>(*byte);
    return byte ? 3 : 0;
  }
  if (rest[0] == 'u' || rest[0] == 'U') {
    size_t count = rest[0] == 'u' ? 4 : 8;
    auto code = number(digits, 16, count);
    if (code) append_utf8(out, *code);
    return code ? count + 1 : 0;
  }
  auto octal = number(rest, 8, 3);
  if (octal && *octal <= 255) out += static_cast<char>(*octal);
  return octal && *octal <= 255 ? 3 : 0;
}

// utf8_is_valid() of systemd: characters only.
bool has_noncharacter(std::string_view text) {
  for (std::string_view bad : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    if (text.contains(bad)) return true;
  for (unsigned code = 0xFDD0; code <= 0xFDEF; ++code) {
    std::string bytes;
    append_utf8(bytes, code);
    if (text.contains(bytes)) return true;
  }
  for (unsigned plane = 1; plane <= 16; ++plane)
    for (unsigned last : {0xFFFEU, 0xFFFFU}) {
      std::string bytes;
      append_utf8(bytes, (plane << 16) | last);
      if (text.contains(bytes)) return true;
    }
  return false;
}

Result<std::string> without_specifiers(std::string_view word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      out += word[i];
      continue;
    }
    auto next = i + 1 < word.size() ? word[++i] : '\0';
    if (next == '%')
      out += '%';
    else if (std::string_view("tNnh").contains(next))
      (out += '%') += next;
    else
      return fail(ErrorCode::invalid, "a specifier: {}", printable(word));
  }
  return out;
}

Result<std::string> with_variables(std::string_view word, const std::map<std::string, std::string>& variables) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '$') {
      out += word[i];
      continue;
    }
    auto rest = word.substr(i + 1);
    auto end = rest.find('}');
    if (rest.starts_with('$')) {
      out += '$';
      ++i;
    } else if (rest.starts_with('{') && end != rest.npos) {
      auto found = variables.find(std::string(rest.substr(1, end - 1)));
      if (found == variables.end()) return fail(ErrorCode::invalid, "an undefined variable: {}", printable(word));
      out += found->second;
      i += end + 1;
    } else {
      return fail(ErrorCode::invalid, "a lone '$': {}", printable(word));
    }
  }
  return out;
}

Result<std::map<std::string, std::string>> environment(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const auto& line : unit_values(text, "Service", "Environment"))
    for (const auto& assignment : TRY(unit_words(line))) {
      auto resolved = TRY(without_specifiers(assignment));
      auto value = resolved.substr(resolved.find('=') + 1);
      bool has_control =
          std::ranges::any_of(value, [](char c) { return (c > 0 && c < ' ' && c != '\t' && c != '\n') || c == 0x7f; });
      if (has_control || !is_utf8(value))
        return fail(ErrorCode::invalid, "not a value of Environment=: {}", printable(value));
      out[resolved.substr(0, resolved.find('='))] = value;
    }
  return out;
}

bool is_switch(std::string_view flag) {
  constexpr std::array<std::string_view, 9> all{"--replace", "--rm",        "-d",
                                                "--init",    "--read-only", "--read-only-tmpfs",
                                                "--ignore",  "--env-host",  "--http-proxy"};
  return std::ranges::find(all, flag) != all.end();
}

// Two names of one option, and two ways of saying yes.
std::string normal(std::string option) {
  if (option.starts_with("-v=")) option = "--volume" + option.substr(2);
  if (option.starts_with("--cap-")) option = to_lower(option);
  if (option.ends_with("=true") && is_switch(option.substr(0, option.size() - 5))) option.resize(option.size() - 5);
  return option;
}

}  // namespace

std::vector<std::string> unit_values(std::string_view text, std::string_view section, std::string_view key) {
  std::vector<std::string> out;
  std::string current, line;
  for (auto raw : split(text, '\n')) {
    if (auto bare = trim(raw); bare.starts_with('#') || bare.starts_with(';')) continue;  // also between continued lines
    line += raw;
    if (line.ends_with('\\')) {
      line.back() = ' ';
      continue;
    }
    std::string kept(trim(line));
    line.clear();
    if (kept.starts_with('[')) current = kept.substr(1, kept.find(']') - 1);
    auto equals = kept.find('=');
    if (current == section && equals != kept.npos && trim(std::string_view(kept).substr(0, equals)) == key)
      out.emplace_back(trim(std::string_view(kept).substr(equals + 1)));
  }
  return out;
}

Result<std::vector<std::string>> unit_words(std::string_view line) {
  if (!is_utf8(line) || has_noncharacter(line)) return fail(ErrorCode::invalid, "not UTF-8: {}", printable(line));
  std::vector<std::string> out;
  std::string word;
  bool in_word = false;
  char quote = 0;
  auto finish = [&] {
    if (std::exchange(in_word, false)) out.push_back(std::exchange(word, ""));
  };
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    bool is_blank = kBlanks.contains(c);
    bool alone = !in_word && c == ';' && (i + 1 == line.size() || kBlanks.contains(line[i + 1]));
    if (alone) return fail(ErrorCode::invalid, "a second command begins after ';'");
    if (c == '\\') {
      auto length = unescape(line.substr(i + 1), word);
      if (length == 0) return fail(ErrorCode::invalid, "an unknown escape: {}", printable(line.substr(i, 4)));
      i += length;
      in_word = true;
    } else if (quote == 0 && is_blank) {
      finish();
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      in_word = true;
    } else if (c == quote) {
      quote = 0;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return fail(ErrorCode::invalid, "an unfinished quote: {}", printable(line));
  finish();
  return out;
}

Result<std::vector<std::string>> unit_argv(std::string_view text, std::string_view key) {
  auto lines = unit_values(text, "Service", key);
  if (lines.size() != 1) return fail(ErrorCode::invalid, "{} lines of {}", lines.size(), key);
  auto variables = TRY(environment(text));
  std::vector<std::string> out;
  for (const auto& word : TRY(unit_words(lines.front())))
    out.push_back(TRY(with_variables(TRY(without_specifiers(word)), variables)));
  return out;
}

std::vector<std::string> PodmanCall::values(std::string_view flag) const {
  std::vector<std::string> out;
  auto start = std::string(flag) + "=";
  for (const auto& option : options)
    if (option.starts_with(start)) out.push_back(option.substr(start.size()));
  return out;
}

Result<PodmanCall> podman_call(const std::vector<std::string>& argv) {
  PodmanCall call;
  size_t at = 1;
  for (; at < argv.size() && !argv[at].starts_with('-'); ++at) call.verb += (call.verb.empty() ? "" : " ") + argv[at];
  for (; at < argv.size() && argv[at].starts_with('-'); ++at) {
    auto option = argv[at];
    if (!option.contains('=') && !is_switch(option)) {
      if (++at == argv.size()) return fail(ErrorCode::invalid, "{} has no value", option);
      option += "=" + argv[at];
    }
    call.options.push_back(normal(option));
  }
  std::ranges::sort(call.options);
  call.operands.assign(argv.begin() + static_cast<std::ptrdiff_t>(at), argv.end());
  return call;
}

}  // namespace podwright
