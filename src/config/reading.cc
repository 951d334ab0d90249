#include "config/reading.hh"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/text.hh"

namespace podwright::config {

namespace {

constexpr size_t kMaxProblems = 50;

std::string_view kind_of(const Yaml& value) {
  switch (value.kind) {
    case Yaml::Kind::null: return "nothing";
    case Yaml::Kind::scalar: return "text";
    case Yaml::Kind::sequence: return "a list";
    case Yaml::Kind::mapping: return "a mapping";
  }
  return "something else";
}

std::string shown(std::string_view text) { return printable(text.substr(0, 60)); }

}  // namespace

void Reading::problem(const Yaml& value, std::string_view what) {
  bool is_written = value.line > 0;  // what stands for nothing after "key:" has no place of its own
  problems_.push_back({is_written ? value.line : value.key_line, is_written ? value.column : value.key_column, std::string(what), {}});
}

void Reading::problem_at_key(const Yaml& value, std::string_view what, std::string_view hint) {
  problems_.push_back({value.key_line, value.key_column, std::string(what), std::string(hint)});
}

void Reading::loss(const Yaml& value, std::string_view field, std::string_view reason) {
  config.losses.push_back({std::string(field), fmt::format("{}:{}:{}", file_, value.key_line, value.key_column), std::string(reason)});
}

Status Reading::status() const {
  if (problems_.empty()) return {};
  auto sorted = problems_;
  std::ranges::sort(sorted, {}, [](const Problem& problem) { return std::tuple(problem.line, problem.column, problem.what); });
  auto rest = sorted.size() > kMaxProblems ? sorted.size() - kMaxProblems : 0;
  sorted.resize(sorted.size() - rest);
  auto position = [&](const Problem& problem) { return fmt::format("{}:{}:{}", file_, problem.line, problem.column); };
  auto sentence = [&](const Problem& problem) { return problem.hint.empty() ? problem.what : problem.what + ", " + problem.hint; };
  auto message = sentence(sorted.front());
  for (size_t i = 1; i < sorted.size(); ++i) message += "\n" + position(sorted[i]) + ": " + sentence(sorted[i]);
  if (rest > 0) message += fmt::format("\n… and {} more", rest);
  return fail(error(ErrorCode::invalid, "{}", message).at(position(sorted.front())).with_hint("docs/podwright-yaml.md explains every key"));
}

std::optional<std::string> Reading::text(const Yaml& value, std::string_view field) {
  if (value.is_scalar() && !value.scalar.empty() && !value.scalar.contains('\0')) return value.scalar;
  problem(value, fmt::format("{} must be text, not {}", field, value.is_scalar() ? "empty" : kind_of(value)));
  return std::nullopt;
}

std::optional<long long> Reading::whole(const Yaml& value, std::string_view field, long long least, long long most) {
  auto number = value.integer();
  if (number && *number >= least && *number <= most) return number;
  if (number)
    problem(value, fmt::format("{} must be between {} and {}, not {}", field, least, most, *number));
  else if (value.is_scalar())
    problem(value, fmt::format("{} must be a whole number, not '{}'{}", field, shown(value.scalar),
                               parse_integer(value.scalar) ? ": write it without quotes" : ""));
  else
    problem(value, fmt::format("{} must be a whole number, not {}", field, kind_of(value)));
  return std::nullopt;
}

std::optional<bool> Reading::flag(const Yaml& value, std::string_view field) {
  if (auto answer = value.boolean()) return answer;
  problem(value, value.is_scalar() ? fmt::format("{} must be true or false, not '{}'", field, shown(value.scalar))
                                   : fmt::format("{} must be true or false, not {}", field, kind_of(value)));
  return std::nullopt;
}

std::optional<Millis> Reading::duration(const Yaml& value, std::string_view field, Millis least, Millis most) {
  auto count = value.is_scalar() ? parse_duration_ms(value.scalar) : std::nullopt;
  if (!count) {
    problem(value, fmt::format("{} must be a time such as 30s, 1m30s or 500ms", field));
    return std::nullopt;
  }
  if (*count >= least.count() && *count <= most.count()) return Millis(*count);
  problem(value, fmt::format("{} must be between {} ms and {} s, not {}", field, least.count(), most.count() / 1000, shown(value.scalar)));
  return std::nullopt;
}

std::optional<long long> Reading::bytes(const Yaml& value, std::string_view field, long long least, long long most) {
  auto count = value.is_scalar() ? parse_bytes(value.scalar) : std::nullopt;
  if (!count) {
    problem(value, fmt::format("{} must be a size such as 512Mi or 1Gi", field));
    return std::nullopt;
  }
  if (*count >= least && *count <= most) return count;
  problem(value, fmt::format("{} must be between {} and {}, not {}", field, format_bytes(least), format_bytes(most), shown(value.scalar)));
  return std::nullopt;
}

std::optional<int> Reading::cpu(const Yaml& value, std::string_view field) {
  std::string_view text = value.is_scalar() ? std::string_view(value.scalar) : std::string_view();
  bool is_milli = text.ends_with('m');
  if (is_milli) text.remove_suffix(1);
  double number = 0;
  auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (text.empty() || wrong != std::errc{} || end != text.data() + text.size()) {
    problem(value, fmt::format("{} must be processors such as 500m, 0.5 or 2", field));
    return std::nullopt;
  }
  double millis = is_milli ? number : number * 1000;
  if (millis >= 10 && millis <= 1'024'000) return static_cast<int>(millis);
  problem(value, fmt::format("{} must be between 10m and 1024, not {}", field, shown(value.scalar)));
  return std::nullopt;
}

std::vector<std::string> Reading::texts(const Yaml& value, std::string_view field) {
  std::vector<std::string> out;
  if (!value.is_sequence()) {
    if (auto one = text(value, field)) out.push_back(*std::move(one));
    return out;
  }
  for (const auto& child : value.children)
    if (auto one = text(child, fmt::format("each of {}", field))) out.push_back(*std::move(one));
  return out;
}

bool Reading::mapping(const Yaml& value, std::string_view field) {
  if (value.is_mapping()) return true;
  problem(value, fmt::format("{} must be a mapping of keys, not {}", field, kind_of(value)));
  return false;
}

bool Reading::passes(const Yaml& value, const Status& status) {
  if (status) return true;
  problems_.push_back({value.line, value.column, status.error().message, status.error().hint});
  return false;
}

bool Reading::first(const Yaml& value, std::string_view setting) {
  if (set_.insert(std::string(setting)).second) return true;
  problem_at_key(value, fmt::format("{} is set twice", setting), "keep one of the two");
  return false;
}

void read_keys(Reading& in, const Yaml& mapping, std::span<const Key> keys, std::string_view where) {
  for (const auto& child : mapping.children) {
    auto key = std::ranges::find(keys, std::string_view(child.key), &Key::name);
    if (key != keys.end()) {
      key->read(in, child);
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& known : keys) names.push_back(known.name);
    auto meant = nearest(child.key, names);
    std::vector<std::string> all(names.begin(), names.end());
    auto hint = meant ? fmt::format("did you mean '{}'?", *meant) : fmt::format("known here are {}", join(all, ", "));
    in.problem_at_key(child, fmt::format("unknown key '{}{}'", where, shown(child.key)), hint);
  }
}

}  // namespace podwright::config
