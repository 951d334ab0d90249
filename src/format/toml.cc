#include "format/toml.hh"

#include <algorithm>
#include <sstream>

#include "base/text.hh"
#include "format/toml_library.hh"

namespace podwright {

namespace {

constexpr int max_depth = 64;
constexpr std::ptrdiff_t max_dots_in_line = 400;

template <class T>
std::string written(const T& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

Status convert(const toml::node& node, std::string_view name, int depth, Toml& into) {
  if (depth > max_depth)
    return fail(error(ErrorCode::exhausted, "this is nested more than {} deep", max_depth)
                    .at(fmt::format("{}:{}", name, line_of(node))));
  into.line = line_of(node);
  if (const auto* table = node.as_table()) {
    into.kind = Toml::Kind::table;
    into.children.reserve(table->size());
    for (const auto& [key, value] : *table) {
      Toml& child = into.children.emplace_back();
      child.key = std::string(key.str());
      TRY(convert(value, name, depth + 1, child));
      if (int line = static_cast<int>(key.source().begin.line); line > 0) child.line = line;
    }
  } else if (const auto* array = node.as_array()) {
    into.kind = Toml::Kind::array;
    into.children.reserve(array->size());
    for (const auto& value : *array) TRY(convert(value, name, depth + 1, into.children.emplace_back()));
  } else if (const auto* string = node.as_string()) {
    into.kind = Toml::Kind::string;
    into.text = string->get();
  } else if (const auto* integer = node.as_integer()) {
    into.kind = Toml::Kind::integer;
    into.text = std::to_string(integer->get());
  } else if (const auto* real = node.as_floating_point()) {
    into.kind = Toml::Kind::real;
    into.text = written(real->get());
  } else if (const auto* boolean = node.as_boolean()) {
    into.kind = Toml::Kind::boolean;
    into.text = boolean->get() ? "true" : "false";
  } else {
    into.kind = Toml::Kind::time;
    if (const auto* date = node.as_date()) into.text = written(date->get());
    if (const auto* time = node.as_time()) into.text = written(time->get());
    if (const auto* both = node.as_date_time()) into.text = written(both->get());
  }
  return {};
}

// toml++ bounds nested values but not dotted keys, whose tables it frees recursively.
Status check_bounds(std::string_view text, std::string_view name, size_t max_bytes) {
  if (text.size() > max_bytes)
    return fail(error(ErrorCode::exhausted, "the file has more than {} of TOML",
                      format_bytes(static_cast<long long>(max_bytes))).at(std::string(name)));
  int line = 0;
  for (auto each : split(text, '\n')) {
    ++line;
    if (std::ranges::count(each, '.') > max_dots_in_line)
      return fail(error(ErrorCode::exhausted, "this line has more than {} dots", max_dots_in_line)
                      .at(fmt::format("{}:{}", name, line)));
  }
  return {};
}

}  // namespace

const Toml* Toml::find(std::string_view name) const {
  if (!is_table()) return nullptr;
  auto found = std::ranges::find(children, name, &Toml::key);
  return found == children.end() ? nullptr : &*found;
}

const Toml* Toml::at(std::initializer_list<std::string_view> path) const {
  const Toml* node = this;
  for (auto name : path) {
    node = node->find(name);
    if (!node) return nullptr;
  }
  return node;
}

std::string_view Toml::text_at(std::initializer_list<std::string_view> path) const {
  const Toml* node = at(path);
  return node && !node->is_table() && !node->is_array() ? std::string_view(node->text) : std::string_view();
}

Result<Toml> parse_toml(std::string_view text, std::string_view name, size_t max_bytes) {
  TRY(check_bounds(text, name, max_bytes));
  toml::parse_result parsed = toml::parse(text, std::string(name));
  if (!parsed) {
    const auto& problem = parsed.error();
    return fail(error(ErrorCode::invalid, "{}", printable(problem.description()))
                    .at(fmt::format("{}:{}:{}", name, problem.source().begin.line, problem.source().begin.column)));
  }
  Toml root;
  TRY(convert(parsed.table(), name, 0, root));
  return root;
}

}  // namespace podwright
