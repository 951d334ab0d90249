// TOML 1.0 into plain nodes that remember their line: pyproject.toml, Cargo.toml, Pipfile, lock files, mise.toml.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright {

struct Toml {
  enum class Kind { table, array, string, integer, real, boolean, time };

  Kind kind = Kind::table;
  std::string key;   // the name of a table's child
  std::string text;  // a string's content; any other scalar as TOML writes it
  int line = 0;      // 1-based
  std::vector<Toml> children;

  bool is_table() const { return kind == Kind::table; }
  bool is_array() const { return kind == Kind::array; }
  bool is_string() const { return kind == Kind::string; }

  // The child of a table; nullptr when there is none.
  const Toml* find(std::string_view name) const;

  // The same along a path of names: at({"tool", "poetry", "dependencies"}).
  const Toml* at(std::initializer_list<std::string_view> path) const;

  // The text of a scalar at the path, "" when there is none.
  std::string_view text_at(std::initializer_list<std::string_view> path) const;
};

// The root table. Errors: invalid with the origin "name:line:column"; exhausted for more than max_bytes or a nesting
// that no hand-written file has.
Result<Toml> parse_toml(std::string_view text, std::string_view name, size_t max_bytes = 4 << 20);

}  // namespace podwright
