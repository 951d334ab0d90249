#include "build/start_command.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/text.hh"

namespace podwright::build {

namespace {

std::string with_port(std::string_view command, int port) {
  std::string out;
  auto number = std::to_string(port);
  while (!command.empty()) {
    if (command.starts_with("${PORT}")) {
      out += number;
      command.remove_prefix(7);
    } else if (auto end = command.find('}'); command.starts_with("${PORT:-") && end != std::string_view::npos) {
      out += number;
      command.remove_prefix(end + 1);
    } else if (command.starts_with("$PORT") && (command.size() == 5 || !(std::isalnum(static_cast<unsigned char>(command[5])) || command[5] == '_'))) {
      out += number;
      command.remove_prefix(5);
    } else {
      out += command.front();
      command.remove_prefix(1);
    }
  }
  return out;
}

bool is_reserved(std::string_view word) {
  constexpr std::array<std::string_view, 22> words{"if",  "for",    "while", "until", "case", "{",   "!",     "cd",   "export", "set",  "source",
                                                   ".",   "unset",  "eval",  "trap",  "exit", "ulimit", "umask", "exec", "wait", "then", "function"};
  return std::ranges::find(words, word) != words.end();
}

bool is_assignment(std::string_view word) {
  auto equals = word.find('=');
  if (equals == 0 || equals == std::string_view::npos || std::isdigit(static_cast<unsigned char>(word[0]))) return false;
  return std::ranges::all_of(word.substr(0, equals), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

// Reads words and quotes; stops with nothing at the first character that means more to a shell.
std::optional<std::vector<std::string>> split_shell(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quote) {
      if (c == quote) quote = 0;
      else if (quote == '"' && std::string_view("$`\\").contains(c)) return std::nullopt;
      else word += c;
    } else if (c == '\'' || c == '"') {
      quote = c, in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else if (std::string_view("|&;<>()$`\\*?[]~\n\r!{}").contains(c) || (c == '#' && !in_word)) {
      return std::nullopt;
    } else {
      word += c, in_word = true;
    }
  }
  if (quote) return std::nullopt;
  if (in_word) words.push_back(word);
  return words;
}

// Where the last command of a list joined by && or ; starts; nothing when pipes, background jobs, groups,
// substitutions or several lines make that hard to say.
std::optional<size_t> last_command(std::string_view text) {
  size_t start = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\' && quote != '\'') ++i;
    else if (quote) quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"') quote = c;
    else if (c == '&' && text.substr(i).starts_with("&&")) start = ++i + 1;
    else if (c == ';') start = i + 1;
    else if (std::string_view("|&(`\n").contains(c)) return std::nullopt;
  }
  return quote ? std::nullopt : std::optional(start);
}

std::string with_exec(std::string_view text) {
  auto start = last_command(text);
  if (!start) return std::string(text);
  for (size_t at = *start;;) {
    at = std::min(text.find_first_not_of(" \t", at), text.size());
    auto word = text.substr(at, text.find_first_of(" \t", at) - at);
    if (word.empty() || is_reserved(word) || word.find_first_of("'\"$") < word.find('=')) return std::string(text);
    if (!is_assignment(word)) return std::string(text.substr(0, at)) + "exec " + std::string(text.substr(at));
    if (word.find_first_of("'\"$\\") != std::string_view::npos) return std::string(text);  // its end needs a shell to find
    at += word.size();
  }
}

}  // namespace

std::vector<std::string> plain_words(std::string_view command) { return split_shell(command).value_or(std::vector<std::string>{}); }

std::vector<std::string> start_argv(std::string_view command, int port) {
  auto text = port > 0 ? with_port(trim(command), port) : std::string(trim(command));
  auto words = split_shell(text);
  if (words && !words->empty() && !is_reserved(words->front()) && !is_assignment(words->front())) return *words;
  return {"/bin/sh", "-c", with_exec(text)};  // in the container
}

std::string in_npm_words(std::string_view command) {
  auto words = split_words(command);
  if (words.size() < 2 || (words[0] != "yarn" && words[0] != "pnpm") || command.find_first_of("|&;<>()`") != std::string_view::npos) return std::string(command);
  size_t script = words[1] == "run" || words[1] == "exec" ? 2 : 1;
  if (script >= words.size() || words[script].starts_with('-')) return std::string(command);
  auto rest = trim(std::string_view(words[script].data() + words[script].size(), static_cast<size_t>(command.data() + command.size() - words[script].data()) - words[script].size()));
  if (words[1] == "exec") return fmt::format("npx --no -- {} {}", words[script], rest);
  return fmt::format("npm run {}{}{}", words[script], rest.empty() ? "" : " -- ", rest);
}

std::string without_npm(std::string_view command, const std::map<std::string, std::string>& scripts) {
  auto words = split_words(command);
  if (words.size() < 2 || words[0] != "npm" || command.find_first_of("|&;<>()`\n") != std::string_view::npos) return std::string(command);
  bool run = words[1] == "run" || words[1] == "run-script";
  size_t at = run ? 2 : 1;
  if (at >= words.size() || (!run && words[at] != "start")) return std::string(command);
  auto script = scripts.find(std::string(words[at]));
  if (script == scripts.end() || (words.size() > at + 1 && words[at + 1] != "--")) return std::string(command);
  if (words.size() <= at + 2) return script->second;
  auto first = static_cast<size_t>(words[at + 2].data() - command.data());
  return fmt::format("{} {}", script->second, command.substr(first));
}

bool needs_npm(const std::vector<std::string>& argv) {
  for (const auto& word : argv)
    for (auto part : split_words(word))
      if (part == "npm" || part == "npx") return true;
  return false;
}

}  // namespace podwright::build
