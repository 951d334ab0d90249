// Reading the API's JSON leniently: what is missing or of another type is empty, so an older daemon still shows.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace podwright::cli {

namespace json = boost::json;

const json::value* find(const json::value& value, std::string_view key);  // null when there is none

std::string text(const json::value& value, std::string_view key);  // numbers as digits, booleans as yes and no
long long number(const json::value& value, std::string_view key);
bool truth(const json::value& value, std::string_view key);
const json::array& list(const json::value& value, std::string_view key);  // empty when there is none
std::string joined(const json::value& value, std::string_view key);       // a list of strings, by ", "

}  // namespace podwright::cli
