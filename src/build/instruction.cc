#include "build/instruction.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright::build {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (is_control(c))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      out += c;
  }
  return out + "\"";
}

Status check_path(std::string_view path) {
  if (std::ranges::any_of(path, is_control) || path.contains('\\'))
    return fail(error(ErrorCode::invalid, "the file name '{}' cannot stand in a Containerfile", printable(path))
                    .with_hint("rename it: control characters and backslashes are not possible in COPY"));
  return {};
}

// COPY matches its sources as patterns and expands variables in them.
std::string literal_pattern(std::string_view path, bool with_patterns) {
  std::string out;
  for (char c : path) {
    if ((c == '*' && !with_patterns) || c == '?' || c == '[')
      ((out += '[') += c) += ']';
    else if (c == '$')
      out += "\\$";
    else
      out += c;
  }
  return out;
}

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Whether shell text can follow RUN as it is: one line, not continued, no flag, no exec form, no here-document.
bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, is_control) && !trim(text).ends_with('\\') && !text.contains("<<") &&
         !trim(text).starts_with('[') && !trim(text).starts_with("--") && !trim(text).empty();
}

}  // namespace

std::string json_array(std::span<const std::string> words) {
  std::string out = "[";
  for (const auto& word : words) out += (out.size() > 1 ? ", " : "") + json_string(word);
  return out + "]";
}

Result<std::string> copy_instruction(std::string_view flags, std::span<const std::string> from, std::string_view to, bool with_patterns) {
  std::vector<std::string> words;
  for (const auto& path : from) {
    TRY(check_path(path));
    words.push_back(literal_pattern(path, with_patterns));
  }
  TRY(check_path(to));
  words.push_back(replace_all(std::string(to), "$", "\\$"));
  return fmt::format("COPY {}{}{}\n", flags, flags.empty() ? "" : " ", json_array(words));
}

Result<std::string> assignments(std::string_view keyword, const std::map<std::string, std::string>& values) {
  std::string out;
  for (const auto& [name, value] : values) {
    bool named = !name.empty() && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-'; });
    if (!named) return fail(ErrorCode::invalid, "'{}' is not a name for {}", printable(name), keyword);
    if (std::ranges::any_of(value, is_control))
      return fail(error(ErrorCode::invalid, "the value of {} holds a line break or another control character", name)
                      .with_hint("set it for the deployment instead of the image: --set-env passes any byte"));
    out += fmt::format("{}{}={}", out.empty() ? std::string(keyword) + " " : " \\\n    ", name, quoted(value));
  }
  return out.empty() ? out : out + "\n";
}

Result<std::string> workdir(std::string_view path) {
  TRY(check_path(path));
  std::string out;
  for (char c : path) {
    if (c == '$' || c == '"' || c == '\'') out += '\\';
    out += c;
  }
  return fmt::format("WORKDIR {}\n", out);
}

std::string run_instruction(std::span<const std::string> mounts, std::string_view shell_text) {
  std::string out = "RUN ";
  for (const auto& mount : mounts) out += mount + " \\\n    ";
  if (is_plain(shell_text)) return out + std::string(trim(shell_text)) + "\n";
  // The user's own command line, run by the shell in the container.
  return out + json_array(std::vector<std::string>{"/bin/sh", "-c", std::string(shell_text)}) + "\n";
}

std::string comment(std::string_view text) { return "# " + printable(text) + "\n"; }

std::string shell_quoted(std::string_view text) { return "'" + replace_all(std::string(text), "'", "'\\''") + "'"; }

}  // namespace podwright::build
