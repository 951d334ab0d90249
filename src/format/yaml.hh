// YAML 1.2 into plain nodes that remember where they stood, for files that people write: pubspec.yaml,
// pnpm-workspace.yaml, compose files, podwright.yaml. Bounded in size, depth and alias expansion.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright {

// One node. A mapping's children carry their key; a sequence's children have an empty one. Positions are 1-based and
// those of the text where the node was written: a node that came through an alias or a merge key (`<<`) keeps the
// position of its anchor.
struct Yaml {
  enum class Kind { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  std::string scalar;    // the text of a scalar, with quotes and escapes resolved
  bool plain = false;    // a scalar without quotes: `true` and `80` mean more than text
  std::string tag;       // as written, for example "!reset"; empty when there is none
  int line = 0;
  int column = 0;
  std::string key;       // in a mapping: the name of this child
  int key_line = 0;
  int key_column = 0;
  std::vector<Yaml> children;

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }

  // The child of a mapping with this key; nullptr when there is none or this is no mapping.
  const Yaml* find(std::string_view name) const;

  // The scalar under this key, "" when there is none.
  std::string_view text(std::string_view name) const;

  // Nothing when the node is not a plain scalar of that type in the core schema (true/false; decimal, 0x…, 0o…).
  std::optional<bool> boolean() const;
  std::optional<long long> integer() const;
};

struct YamlLimits {
  size_t bytes = 4 << 20;      // of the text
  size_t nodes = 200'000;      // after aliases and merge keys are expanded
  size_t expanded = 16 << 20;  // bytes of scalars after expansion
  int depth = 48;
};

// The one document of the text (null when it is empty). Errors: invalid with the origin "name:line:column" for bad
// syntax, a duplicate key, a key that is no scalar, an unknown alias or a second document; exhausted beyond a limit.
Result<Yaml> parse_yaml(std::string_view text, std::string_view name, const YamlLimits& limits = {});

}  // namespace podwright
