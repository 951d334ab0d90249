// XML into plain nodes that remember their line: pom.xml, *.csproj, web.xml, packages.config. No entity of the
// document's own, no DTD and no outside file is ever read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright {

struct Xml {
  std::string name;  // without its namespace prefix
  std::string text;  // of the element itself, trimmed
  int line = 0;      // 1-based
  std::map<std::string, std::string, std::less<>> attributes;
  std::vector<Xml> children;

  const Xml* find(std::string_view child) const;                            // the first one, or nullptr
  const Xml* at(std::initializer_list<std::string_view> path) const;        // the same along a path
  std::string_view text_at(std::initializer_list<std::string_view> path) const;
  std::string_view attribute(std::string_view attribute_name) const;        // "" when there is none
  std::vector<const Xml*> all(std::string_view child) const;
};

// The root element. Errors: invalid with the origin "name:line"; exhausted beyond max_bytes or 64 levels.
Result<Xml> parse_xml(std::string_view text, std::string_view name, size_t max_bytes = 4 << 20);

}  // namespace podwright
