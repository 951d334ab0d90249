// Small pure functions on text.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace podwright {

std::vector<std::string_view> split(std::string_view text, char separator);  // keeps empty parts
std::vector<std::string_view> split_lines(std::string_view text);            // without "\n" or "\r\n"
std::vector<std::string_view> split_words(std::string_view text);            // at runs of spaces and tabs
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// Text from outside made inert for a terminal or a log: control characters and invalid UTF-8 become \n, \x1b, …
std::string printable(std::string_view text);

bool is_utf8(std::string_view text);  // well-formed: no overlong forms, no surrogates

// The candidate nearest to a misspelt word, or nothing when none is near enough to suggest.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates);

std::optional<long long> parse_integer(std::string_view text);  // the whole text, decimal, or nothing

// "512Mi", "1g", "64k", "100" → bytes; "90s", "1m30s", "250ms", "5" (seconds) → milliseconds.
std::optional<long long> parse_bytes(std::string_view text);
std::optional<long long> parse_duration_ms(std::string_view text);
std::string format_bytes(long long bytes);  // "512Mi", "1.5Gi"

}  // namespace podwright
