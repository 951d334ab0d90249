// JSON from outside: bounded parsing with a place in the error, and accessors that tolerate a wrong shape.
#pragma once

#include <boost/json/fwd.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright::json {

enum class Dialect {
  strict,   // RFC 8259
  relaxed,  // also comments, trailing commas and invalid UTF-8: tsconfig.json, deno.jsonc, hand-edited manifests
};

// Nesting deeper than 64 is refused. Errors: invalid, at "name:line:column".
Result<boost::json::value> parse(std::string_view text, std::string_view name, Dialect dialect = Dialect::strict);

// What stands at a path of object keys; nullptr when a step is missing or not an object.
const boost::json::value* find(const boost::json::value& root, std::initializer_list<std::string_view> path);

// The value as asked for, or the fallback ("", false, an empty list) when it is missing or of another type.
std::string_view text_at(const boost::json::value& root, std::initializer_list<std::string_view> path);
std::optional<long long> integer_at(const boost::json::value& root, std::initializer_list<std::string_view> path);
bool flag_at(const boost::json::value& root, std::initializer_list<std::string_view> path, bool fallback = false);
std::vector<std::string> texts_at(const boost::json::value& root, std::initializer_list<std::string_view> path);

// The keys of the object at a path, in the file's order.
std::vector<std::string> keys_at(const boost::json::value& root, std::initializer_list<std::string_view> path);

}  // namespace podwright::json
