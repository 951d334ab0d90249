// Reads unit files as systemd does, after its manual and written apart from what emits them: the tests' own eyes.
// Anything that systemd would drop, warn about or replace by what we do not know is an error here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright {

// The values of a key in a section, continued lines joined, in order.
std::vector<std::string> unit_values(std::string_view text, std::string_view section, std::string_view key);

// The words of a line: quotes and C escapes. Error{invalid} for what systemd refuses.
Result<std::vector<std::string>> unit_words(std::string_view line);

// The argv that systemd runs for the only value of `key` in [Service], with %% and the variables of Environment=
// replaced. Specifiers of places (%t, %N, %n, %h) stay as they are.
Result<std::vector<std::string>> unit_argv(std::string_view text, std::string_view key);

// What `podman run`, `network create` … is told, in an order that says nothing about the order of the options.
struct PodmanCall {
  std::string verb;                   // "run", "network create"
  std::vector<std::string> options;   // "--cap-drop=all", sorted
  std::vector<std::string> operands;  // the image and its command; a name
  bool operator==(const PodmanCall&) const = default;
  std::vector<std::string> values(std::string_view flag) const;  // sorted
};
Result<PodmanCall> podman_call(const std::vector<std::string>& argv);

}  // namespace podwright
