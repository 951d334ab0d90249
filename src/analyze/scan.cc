#include "analyze/scan.hh"

#include <algorithm>
#include <array>
#include <cctype>

#include "analyze/detector.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

int line_at(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
}

int line_of(std::string_view text, std::string_view needle) {
  const size_t at = text.find(needle);
  return at == std::string_view::npos ? 0 : line_at(text, at);
}

size_t find_word(std::string_view text, std::string_view word, size_t from) {
  for (size_t at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(text[at - 1]) || !is_word(word.front());
    const size_t end = at + word.size();
    const bool ends = end == text.size() || !is_word(text[end]) || !is_word(word.back());
    if (starts && ends) return at;
  }
  return std::string_view::npos;
}

bool has_word(std::string_view text, std::string_view word) { return find_word(text, word) != std::string_view::npos; }

namespace {

// The offset behind a string literal that starts at `at`. Only a template string runs over lines.
size_t behind_string(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == quote) return i + 1;
    else if (text[i] == '\n' && quote != '`') return i;
  }
  return text.size();
}

bool opens_string(std::string_view text, size_t at) {
  if (text[at] == '"' || text[at] == '`') return true;
  // An apostrophe after a letter is a lifetime, a transpose or plain English.
  return text[at] == '\'' && (at == 0 || !is_word(text[at - 1]));
}

void blank(std::string& text, size_t from, size_t to) {
  for (size_t i = from; i < std::min(to, text.size()); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

}  // namespace

std::string without_comments(std::string_view source, bool hash) {
  std::string text(source);
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    size_t end = at + 1;
    if (opens_string(text, at)) {
      end = behind_string(text, at);
    } else if (rest.starts_with("/*")) {
      end = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
      blank(text, at, end);
    } else if ((rest.starts_with("//") && !hash) || (rest[0] == '#' && hash)) {
      end = std::min(text.find('\n', at), text.size());
      blank(text, at, end);
    }
    at = end;
  }
  return text;
}

std::string_view bracketed(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t at = open; at < text.size();) {
    if (opens_string(text, at)) {
      at = behind_string(text, at);
      continue;
    }
    const char c = text[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth == 0) return text.substr(open + 1, at - open - 1);
    ++at;
  }
  return open < text.size() ? text.substr(open + 1) : std::string_view();
}

std::vector<std::string_view> arguments(std::string_view inside) {
  std::vector<std::string_view> found;
  int depth = 0;
  size_t start = 0;
  for (size_t at = 0; at < inside.size();) {
    if (opens_string(inside, at)) {
      at = behind_string(inside, at);
      continue;
    }
    const char c = inside[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      found.push_back(trim(inside.substr(start, at - start)));
      start = at + 1;
    }
    ++at;
  }
  const auto last = inside.substr(std::min(start, inside.size()));
  found.push_back(trim(last));
  return found;
}

std::optional<std::string_view> first_string(std::string_view code) {
  for (size_t at = 0; at < code.size(); ++at) {
    if (!opens_string(code, at)) continue;
    const size_t end = behind_string(code, at);
    if (end < at + 2 || code[end - 1] != code[at]) return std::nullopt;
    return code.substr(at + 1, end - at - 2);
  }
  return std::nullopt;
}

namespace {

bool plausible_port(long long value) { return value == 80 || value == 443 || (value >= 1000 && value <= 65535); }

// The first number in code that can be a port: not part of a name, an address, a float or a longer number.
int port_literal(std::string_view code) {
  for (size_t at = 0; at < code.size();) {
    if (!is_digit(code[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < code.size() && (is_digit(code[end]) || code[end] == '_')) ++end;
    const bool part = (at > 0 && (is_word(code[at - 1]) || code[at - 1] == '.')) ||
                      (end < code.size() && (std::isalpha(static_cast<unsigned char>(code[end])) ||
                                             (code[end] == '.' && end + 1 < code.size() && is_digit(code[end + 1]))));
    const auto value = parse_integer(replace_all(std::string(code.substr(at, end - at)), "_", ""));
    const bool suffixed = end < code.size() && code[end] == 'u';  // 8080u16
    if ((!part || (suffixed && at > 0 && !is_word(code[at - 1]))) && value && plausible_port(*value)) {
      return static_cast<int>(*value);
    }
    at = end;
  }
  return 0;
}

bool says_loopback(std::string_view code) {
  return code.find("127.0.0.1") != std::string_view::npos || code.find("localhost") != std::string_view::npos;
}

std::vector<std::string_view> names_in(std::string_view code) {
  std::vector<std::string_view> names;
  for (size_t at = 0; at < code.size() && names.size() < 12;) {
    size_t end = at;
    while (end < code.size() && is_word(code[end])) ++end;
    if (end > at && !is_digit(code[at])) names.push_back(code.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

std::string_view statement_at(std::string_view text, size_t at) {
  const size_t end = std::min(text.find_first_of(";\n", at), text.size());
  // A line that ends in an operator or an open bracket goes on below.
  const std::string_view line = trim(text.substr(at, end - at));
  const bool goes_on = line.empty() || line.ends_with("||") || line.ends_with("??") || line.ends_with('(') ||
                       line.ends_with('=') || line.ends_with('?');
  if (!goes_on || end >= text.size()) return line;
  const size_t next = std::min(text.find_first_of(";\n", end + 1), text.size());
  return trim(text.substr(at, next - at));
}

std::optional<PortFinding> resolve(std::string_view code, std::string_view text, int depth);

// Every "name = …", "name := …", "name: …" or "'name', …" of the text until one says a port.
std::optional<PortFinding> resolve_name(std::string_view name, std::string_view text, int depth) {
  for (size_t at = find_word(text, name); at != std::string_view::npos; at = find_word(text, name, at + 1)) {
    size_t next = at + name.size();
    if (next < text.size() && (text[next] == '\'' || text[next] == '"')) ++next;
    while (next < text.size() && (text[next] == ' ' || text[next] == '?')) ++next;
    const std::string_view rest = text.substr(next);
    if (rest.starts_with("==") || rest.starts_with("=>")) continue;
    if (!(rest.starts_with("=") || rest.starts_with(":") || rest.starts_with(",") || rest.starts_with("||="))) continue;
    const std::string_view statement = statement_at(text, next + 1);
    if (auto found = resolve(statement, text, depth - 1)) {
      found->line = line_at(text, at);
      return found;
    }
  }
  return std::nullopt;
}

std::optional<PortFinding> resolve(std::string_view code, std::string_view text, int depth) {
  if (depth < 0 || code.size() > 4000) return std::nullopt;
  PortFinding found;
  found.port = port_literal(code);
  found.loopback = says_loopback(code);
  const bool reads = has_word(code, "PORT");
  const bool from_env = reads && (has_word(code, "env") || code.find("nv") != std::string_view::npos ||
                                  has_word(code, "ENV") || code.find("$PORT") != std::string_view::npos ||
                                  code.find("${PORT") != std::string_view::npos);
  found.honors_port = from_env;
  if (found.port || from_env) return found;
  for (const std::string_view name : names_in(code)) {
    const std::string lower = to_lower(name);
    if (lower.find("port") == std::string::npos && lower.find("addr") == std::string::npos &&
        lower.find("host") == std::string::npos && lower.find("listen") == std::string::npos &&
        lower.find("bind") == std::string::npos && lower.find("url") == std::string::npos && name != "p") {
      continue;
    }
    if (auto deeper = resolve_name(name, text, depth)) {
      deeper->loopback = deeper->loopback || found.loopback;
      return deeper;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<PortFinding> port_in_code(std::string_view code, std::string_view text) { return resolve(code, text, 3); }

namespace {

bool comments_by_hash(std::string_view file) {
  static constexpr std::array kEnds = {".py", ".rb", ".sh", ".ex", ".exs", ".cr", ".yml", ".yaml", ".toml", ".ru", ".r", ".nim", ".pl", ".jl"};
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return file.ends_with(end); });
}

bool is_function(std::string_view argument) {
  return argument.find("=>") != std::string_view::npos || has_word(argument, "function") || has_word(argument, "func") ||
         has_word(argument, "async");
}

bool is_about_port(std::string_view entry) {
  const std::string_view key = trim(entry).substr(0, trim(entry).find_first_of(" :=,"));
  const std::string lower = to_lower(key);
  return lower.find("port") != std::string::npos || lower.find("host") != std::string::npos || lower.find("addr") != std::string::npos;
}

// What of a call's arguments can say a port: no callbacks, and of an options object only its port and host.
std::string relevant_arguments(std::string_view inside) {
  std::string code;
  for (const std::string_view argument : arguments(inside)) {
    if (argument.starts_with('{')) {
      for (const std::string_view entry : arguments(bracketed(argument, 0))) {
        if (is_about_port(entry)) code += fmt::format("{}, ", entry);
      }
    } else if (!is_function(argument)) {
      code += fmt::format("{}, ", argument);
    }
  }
  return code;
}

// The code that follows one occurrence of a call or a "name=" setting; nothing when it is neither.
std::optional<std::string> code_behind(std::string_view text, std::string_view call, size_t at) {
  size_t next = at + call.size();
  if (call.ends_with('=') || call.ends_with(':') || call.ends_with(',')) return std::string(statement_at(text, next));
  while (next < text.size() && (text[next] == ' ' || text[next] == '!')) ++next;
  if (next < text.size() && text[next] == '(') return relevant_arguments(bracketed(text, next));
  return std::nullopt;
}

std::optional<PortFinding> find_in_text(std::string_view text, std::span<const std::string_view> calls) {
  for (const std::string_view call : calls) {
    for (size_t at = find_word(text, call); at != std::string_view::npos; at = find_word(text, call, at + 1)) {
      const auto code = code_behind(text, call, at);
      if (!code) continue;
      if (auto found = port_in_code(*code, text)) {
        if (!found->line) found->line = line_at(text, at);
        return found;
      }
    }
  }
  return std::nullopt;
}

constexpr size_t kMaxScanned = 4 << 20;  // bytes of source read for one question

}  // namespace

std::optional<PortFinding> find_port(const Folder& folder, std::span<const std::string_view> files,
                                     std::span<const std::string_view> calls) {
  size_t scanned = 0;
  for (const std::string_view file : files) {
    if (is_beside_the_point(file)) continue;
    const std::string_view raw = folder.read(file);
    if ((scanned += raw.size()) > kMaxScanned) break;
    const bool mentions = std::any_of(calls.begin(), calls.end(), [&](std::string_view call) {
      return raw.find(call) != std::string_view::npos;
    });
    if (!mentions) continue;
    if (auto found = find_in_text(without_comments(raw, comments_by_hash(file)), calls)) {
      found->file = file;
      return found;
    }
  }
  return std::nullopt;
}

std::optional<PortFinding> find_port_read(const Folder& folder, std::span<const std::string_view> files) {
  size_t scanned = 0;
  for (const std::string_view file : files) {
    if (is_beside_the_point(file)) continue;
    const std::string_view raw = folder.read(file);
    if ((scanned += raw.size()) > kMaxScanned) break;
    if (!has_word(raw, "PORT")) continue;
    const std::string text = without_comments(raw, comments_by_hash(file));
    for (size_t at = find_word(text, "PORT"); at != std::string::npos; at = find_word(text, "PORT", at + 1)) {
      const size_t start = text.rfind('\n', at) + 1;
      const auto found = port_in_code(statement_at(text, start), "");
      if (!found || !found->honors_port) continue;
      PortFinding answer = *found;
      answer.file = file;
      answer.line = line_at(text, at);
      return answer;
    }
  }
  return std::nullopt;
}

namespace {

// "0.0.0.0:8000" → 8000, ":80" → 80, "8000" → 8000.
int port_of_address(std::string_view address) {
  while (!address.empty() && (address.back() == '"' || address.back() == '\'')) address.remove_suffix(1);
  while (!address.empty() && (address.front() == '"' || address.front() == '\'')) address.remove_prefix(1);
  const auto value = parse_integer(address.substr(address.rfind(':') + 1));
  return value && *value > 0 && *value <= 65535 ? static_cast<int>(*value) : 0;
}

// The default inside "${PORT:-8080}".
int port_default(std::string_view word) {
  const size_t at = word.find("${PORT:-");
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = word.substr(at + 8);
  return port_of_address(rest.substr(0, rest.find('}')));
}

constexpr std::array<std::string_view, 14> kPortFlags = {
    "--port", "-p", "-P", "--bind", "-b", "--listen", "-l", "--http-port", "--server.port", "--server-port",
    "-Dserver.port", "--addr", "--address", "--http"};

}  // namespace

std::optional<PortFinding> port_in_command(std::string_view command) {
  PortFinding found;
  found.honors_port = command.find("$PORT") != std::string_view::npos || command.find("${PORT") != std::string_view::npos;
  const auto words = split_words(command);
  for (size_t i = 0; i < words.size() && !found.port; ++i) {
    std::string_view word = words[i];
    found.port = port_default(word);
    const size_t equals = word.find('=');
    const std::string_view flag = word.substr(0, equals);
    if (flag == "PORT" && equals != std::string_view::npos) found.port = port_of_address(word.substr(equals + 1));
    if (std::find(kPortFlags.begin(), kPortFlags.end(), flag) == kPortFlags.end()) continue;
    if (equals != std::string_view::npos) word = word.substr(equals + 1);
    else if (i + 1 < words.size()) word = words[i + 1];
    found.loopback = found.loopback || says_loopback(word);
    const int port = port_of_address(word);
    if (port && (plausible_port(port) || flag.find("port") != std::string_view::npos)) found.port = port;
    if (!found.port) found.port = port_default(word);
  }
  if (!found.port && !found.honors_port) return std::nullopt;
  return found;
}

void apply_port(BuildPlan& plan, const Folder& folder, const PortFinding& finding, double weight) {
  if (finding.port) plan.port = finding.port;
  plan.honors_port = finding.honors_port;
  if (plan.port) note(plan, folder, "port", std::to_string(plan.port), finding.file, finding.line, weight);
  if (finding.loopback) {
    plan.warnings.push_back(fmt::format(
        "{}:{} listens on the loopback address only, which nothing outside of its container can reach: use 0.0.0.0",
        folder.in_source(finding.file), finding.line));
  }
}

}  // namespace podwright::analyze
