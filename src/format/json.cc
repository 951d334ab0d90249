#include "format/json.hh"

#include <algorithm>
#include <boost/json.hpp>

namespace podwright::json {

namespace {

boost::json::parse_options options(Dialect dialect) {
  boost::json::parse_options options;
  options.max_depth = 64;
  options.allow_comments = dialect == Dialect::relaxed;
  options.allow_trailing_commas = dialect == Dialect::relaxed;
  options.allow_invalid_utf8 = dialect == Dialect::relaxed;
  return options;
}

std::string place(std::string_view name, std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n');
  const size_t column = start == std::string_view::npos ? offset + 1 : offset - start;
  return fmt::format("{}:{}:{}", name, line, column);
}

}  // namespace

Result<boost::json::value> parse(std::string_view text, std::string_view name, Dialect dialect) {
  if (dialect == Dialect::relaxed && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  boost::json::parser parser({}, options(dialect));
  boost::system::error_code code;
  const size_t used = parser.write(text, code);
  if (code) return fail(error(ErrorCode::invalid, "not valid JSON: {}", code.message()).at(place(name, text, used)));
  return parser.release();
}

const boost::json::value* find(const boost::json::value& root, std::initializer_list<std::string_view> path) {
  const boost::json::value* at = &root;
  for (const std::string_view key : path) {
    const boost::json::object* object = at->if_object();
    at = object ? object->if_contains(key) : nullptr;
    if (!at) return nullptr;
  }
  return at;
}

std::string_view text_at(const boost::json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

std::optional<long long> integer_at(const boost::json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  if (!value) return std::nullopt;
  boost::system::error_code code;
  const auto number = value->to_number<long long>(code);
  return code ? std::nullopt : std::optional<long long>(number);
}

bool flag_at(const boost::json::value& root, std::initializer_list<std::string_view> path, bool fallback) {
  const auto* value = find(root, path);
  const auto* flag = value ? value->if_bool() : nullptr;
  return flag ? *flag : fallback;
}

std::vector<std::string> texts_at(const boost::json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  const auto* array = value ? value->if_array() : nullptr;
  std::vector<std::string> texts;
  if (!array) return texts;
  for (const auto& entry : *array) {
    if (const auto* text = entry.if_string()) texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

std::vector<std::string> keys_at(const boost::json::value& root, std::initializer_list<std::string_view> path) {
  const auto* value = find(root, path);
  const auto* object = value ? value->if_object() : nullptr;
  std::vector<std::string> keys;
  if (!object) return keys;
  for (const auto& entry : *object) keys.emplace_back(entry.key().data(), entry.key().size());
  return keys;
}

}  // namespace podwright::json
