#include "build/instructions.hh"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.hh"

namespace podwright::build {

namespace {

std::string_view trim_left(std::string_view text) {
  auto start = text.find_first_not_of(" \t\v\f\r");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

// "# escape=`" before anything else; other directives may come first.
char escape_of(const std::vector<std::string_view>& lines) {
  for (auto line : lines) {
    line = trim(line);
    auto equals = line.find('=');
    if (!line.starts_with('#') || equals == std::string_view::npos) break;
    auto name = to_lower(trim(line.substr(1, equals - 1)));
    if (name == "escape" && trim(line.substr(equals + 1)) == "`") return '`';
    if (name.empty() || !std::ranges::all_of(name, [](char c) { return std::isalpha(static_cast<unsigned char>(c)); })) break;
  }
  return '\\';
}

// The word of every "<<EOF", "<<-EOF" and "<<'EOF'" in an instruction, outside quotes.
std::vector<std::string> here_words(std::string_view text) {
  std::vector<std::string> words;
  char inside = 0;
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if (c == '"' || c == '\'') inside = inside == 0 ? c : inside == c ? '\0' : inside;
    if (inside || !text.substr(at).starts_with("<<")) {
      ++at;
      continue;
    }
    at += 2;
    if (at < text.size() && text[at] == '-') ++at;
    bool quoted = at < text.size() && (text[at] == '"' || text[at] == '\'');
    if (quoted) ++at;
    auto end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_' || text[end] == '.')) ++end;
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// Takes the flags from the front of the text, as BuildKit's and imagebuilder's parser do: quotes may stand anywhere.
std::vector<std::string> take_flags(std::string_view& text, char escape) {
  std::vector<std::string> flags;
  for (text = trim_left(text); text.starts_with("--"); text = trim_left(text)) {
    std::string word;
    char quote = 0;
    size_t i = 0;
    for (; i < text.size(); ++i) {
      char c = text[i];
      if (c == escape && i + 1 < text.size()) word += text[++i];
      else if (quote) c == quote ? void(quote = 0) : void(word += c);
      else if (c == '"' || c == '\'') quote = c;
      else if (std::isspace(static_cast<unsigned char>(c))) break;
      else word += c;
    }
    text.remove_prefix(i);
    if (word == "--") break;
    flags.push_back(word);
  }
  return flags;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

Instruction read_one(std::string_view text, int line, char escape) {
  text = trim_left(text);
  Instruction instruction{.keyword = upper(text.substr(0, text.find_first_of(" \t\v\f\r"))), .flags = {}, .rest = {}, .line = line};
  text.remove_prefix(instruction.keyword.size());
  if (instruction.keyword == "ONBUILD" && !trim_left(text).empty()) return read_one(text, line, escape);
  instruction.flags = take_flags(text, escape);
  instruction.rest = trim(text);
  return instruction;
}

}  // namespace

std::vector<Instruction> read_instructions(std::string_view text, bool here_documents) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  auto lines = split_lines(text);
  char escape = escape_of(lines);
  std::vector<Instruction> found;
  for (size_t i = 0; i < lines.size(); ++i) {
    auto first = trim(lines[i]);
    if (first.empty() || first.starts_with('#')) continue;
    int number = static_cast<int>(i) + 1;
    std::string logical(first);
    while (logical.ends_with(escape) && i + 1 < lines.size()) {
      logical.pop_back();
      auto next = trim(lines[++i]);
      while ((next.empty() || next.starts_with('#')) && i + 1 < lines.size()) next = trim(lines[++i]);
      if (!next.starts_with('#')) logical += next.empty() ? std::string() : std::string(lines[i].substr(0, lines[i].find_last_not_of(" \t\r") + 1));
    }
    found.push_back(read_one(logical, number, escape));
    if (!here_documents || (found.back().keyword != "RUN" && found.back().keyword != "COPY" && found.back().keyword != "ADD")) continue;
    for (const auto& word : here_words(logical))
      while (i + 1 < lines.size() && trim(lines[++i]) != word) {}
  }
  return found;
}

std::string expand(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  auto value = [&](std::string_view name) {
    auto found = values.find(std::string(name));
    return found == values.end() ? std::string() : found->second;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += text[++i];
    } else if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '{') {
      auto end = std::min(text.find('}', i), text.size());
      auto inside = text.substr(i + 2, end - i - 2);
      auto colon = inside.find(':');
      auto have = value(inside.substr(0, colon));
      auto sign = colon == std::string_view::npos || colon + 1 >= inside.size() ? '\0' : inside[colon + 1];
      auto other = sign ? inside.substr(colon + 2) : std::string_view();
      out += sign == '-' && have.empty() ? std::string(other) : sign == '+' ? (have.empty() ? "" : std::string(other)) : have;
      i = end;
    } else {
      auto end = i + 1;
      while (end < text.size() && is_name(text[end])) ++end;
      out += value(text.substr(i + 1, end - i - 1));
      i = end - 1;
    }
  }
  return out;
}

std::vector<std::string> instruction_words(std::string_view rest) {
  std::vector<std::string> words;
  std::string word;
  for (char c : rest) {
    bool separates = std::isspace(static_cast<unsigned char>(c)) || c == '[' || c == ']' || c == ',';
    if (!separates && c != '"' && c != '\'') word += c;
    if (separates && !word.empty()) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

}  // namespace podwright::build
