#include "cli/fields.hh"

#include <boost/json.hpp>

namespace podwright::cli {

namespace {

std::string shown(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return {};
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  return json::serialize(value);
}

}  // namespace

const json::value* find(const json::value& value, std::string_view key) {
  return value.is_object() ? value.get_object().if_contains(key) : nullptr;
}

std::string text(const json::value& value, std::string_view key) {
  const auto* field = find(value, key);
  return field ? shown(*field) : std::string();
}

long long number(const json::value& value, std::string_view key) {
  const auto* field = find(value, key);
  return field && field->is_int64() ? field->get_int64() : 0;
}

bool truth(const json::value& value, std::string_view key) {
  const auto* field = find(value, key);
  return field && field->is_bool() && field->get_bool();
}

const json::array& list(const json::value& value, std::string_view key) {
  static const json::array none;
  const auto* field = find(value, key);
  return field && field->is_array() ? field->get_array() : none;
}

std::string joined(const json::value& value, std::string_view key) {
  std::string out;
  for (const auto& item : list(value, key)) out += (out.empty() ? "" : ", ") + shown(item);
  return out;
}

}  // namespace podwright::cli
