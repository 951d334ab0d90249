#include "analyze/env_reads.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

// How a language reads a variable: the text before the name, and whether a quote stands between.
struct Reader {
  std::string_view before;
  bool quoted;
};

constexpr std::array kReaders = {
    Reader{"process.env.", false},         Reader{"process.env[", true},     Reader{"Bun.env.", false},
    Reader{"Deno.env.get(", true},         Reader{"import.meta.env.", false}, Reader{"os.environ[", true},
    Reader{"os.environ.get(", true},       Reader{"os.getenv(", true},       Reader{"environ.get(", true},
    Reader{"os.Getenv(", true},            Reader{"os.LookupEnv(", true},    Reader{"env::var(", true},
    Reader{"ENV[", true},                  Reader{"ENV.fetch(", true},       Reader{"System.getenv(", true},
    Reader{"System.get_env(", true},       Reader{"System.fetch_env!(", true}, Reader{"sys.env(", true},
    Reader{"GetEnvironmentVariable(", true}, Reader{"getenv(", true},        Reader{"env(", true},
    Reader{"$_ENV[", true},                Reader{"Platform.environment[", true}, Reader{"System/getenv ", true}};

bool is_name(std::string_view name) {
  if (name.size() < 2 || name.size() > 100 || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    if (!(std::isupper(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || c == '_')) return false;
  }
  return true;
}

bool is_ours(std::string_view name) {
  static constexpr std::array kOurs = {"PORT", "HOME", "PATH", "PWD", "USER", "SHELL", "HOSTNAME", "HOST", "NODE_ENV", "TMPDIR",
                                       "RAILS_ENV", "RACK_ENV", "MIX_ENV", "CI", "DEBUG", "LANG", "TERM", "DEV", "PROD", "MODE",
                                       "SSR", "BASE_URL"};
  return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

std::string_view name_at(std::string_view text, size_t at, bool quoted) {
  if (quoted) {
    if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return {};
    ++at;
  }
  size_t end = at;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
  return text.substr(at, end - at);
}

// A default follows: ", x", "|| x", "?? x", "or x", ".unwrap_or", "default".
bool has_default(std::string_view text, size_t behind) {
  std::string_view rest = text.substr(behind, 80);
  rest = rest.substr(0, rest.find('\n'));
  while (!rest.empty() && (rest[0] == '"' || rest[0] == '\'')) rest.remove_prefix(1);
  const std::string_view next = trim(rest);
  if (next.starts_with(',')) return true;
  for (const std::string_view sign : {"||", "??", " or ", "unwrap_or", "else", "?:", " ? "}) {
    if (rest.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

using Needs = std::map<std::string, EnvNeed>;

void read_source(std::string_view text, const std::string& file, Needs& needs) {
  for (const Reader& reader : kReaders) {
    for (size_t at = text.find(reader.before); at != std::string_view::npos && needs.size() < 300;
         at = text.find(reader.before, at + 1)) {
      if (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_')) continue;
      const size_t start = at + reader.before.size();
      const std::string_view name = name_at(text, start, reader.quoted);
      if (!is_name(name) || is_ours(name)) continue;
      const bool required = !has_default(text, start + name.size() + (reader.quoted ? 1 : 0));
      needs.try_emplace(std::string(name), EnvNeed{std::string(name), required, std::nullopt, file, line_at(text, at)});
    }
  }
}

void read_sample(std::string_view text, const std::string& file, Needs& needs) {
  int number = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    line = trim(line);
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view name = trim(line.substr(0, equals));
    if (!is_name(name) || is_ours(name) || needs.size() >= 300) continue;
    std::string_view value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) value = value.substr(1, value.size() - 2);
    const auto [need, fresh] = needs.try_emplace(std::string(name), EnvNeed{std::string(name), false, std::nullopt, file, number});
    if (!need->second.sample) need->second.sample = std::string(value.substr(0, 4096));
  }
}

constexpr size_t kMaxScanned = 4 << 20;

}  // namespace

std::vector<EnvNeed> find_env_needs(const Folder& folder, std::string_view) {
  Needs needs;
  size_t scanned = 0;
  for (const std::string_view file : folder.ending({".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", ".py", ".go", ".rs", ".rb", ".php", ".java", ".kt",
                                                    ".scala", ".clj", ".cs", ".fs", ".ex", ".exs", ".swift", ".dart", ".cr", ".zig", ".hs", ".lua"})) {
    if (is_beside_the_point(file)) break;  // these come last
    const std::string_view text = folder.read(file);
    if ((scanned += text.size()) > kMaxScanned) break;
    read_source(text, folder.in_source(file), needs);
  }
  for (const std::string_view sample : {".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", ".env.local.example"}) {
    if (folder.has(sample)) read_sample(folder.read(sample), folder.in_source(sample), needs);
  }
  std::vector<EnvNeed> found;
  for (auto& [name, need] : needs) found.push_back(std::move(need));
  return found;
}

}  // namespace podwright::analyze
