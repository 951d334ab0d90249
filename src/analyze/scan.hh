// Reading source text without a parser for each language: whole words with their lines, calls with their arguments,
// ports and what they depend on. Comments are skipped; strings are understood as far as these questions need.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/folder.hh"

namespace podwright::analyze {

int line_at(std::string_view text, size_t offset);                // 1-based
int line_of(std::string_view text, std::string_view needle);      // of its first occurrence; 0 when absent

// The offset of `word` where it is not part of a longer identifier, from `from` on; npos when absent.
size_t find_word(std::string_view text, std::string_view word, size_t from = 0);
bool has_word(std::string_view text, std::string_view word);

// The text with comments blanked by spaces (newlines stay, so offsets and lines hold). `hash`: "#" starts a comment.
std::string without_comments(std::string_view text, bool hash);

// The text between the bracket at text[open] and its partner, without them; everything to the end when it never closes.
std::string_view bracketed(std::string_view text, size_t open);

// The arguments of a call, split at top-level commas and trimmed.
std::vector<std::string_view> arguments(std::string_view inside);

// The content of the first string literal in a piece of code: 'x', "x" or `x`; nothing when there is none.
std::optional<std::string_view> first_string(std::string_view code);

// Where an application listens, as its source says.
struct PortFinding {
  int port = 0;               // the literal or the default; 0 when only the environment says it
  bool honors_port = false;   // it reads $PORT
  bool loopback = false;      // it binds 127.0.0.1 or localhost
  std::string file;           // relative to the folder
  int line = 0;
};

// What a piece of code says about a port: literals, reads of PORT, names looked up in `text` (the whole file).
std::optional<PortFinding> port_in_code(std::string_view code, std::string_view text);

// Looks for calls such as "listen", "ListenAndServe", "run" (whole words followed by "(") in the given files of a
// folder, in order, and answers the first whose arguments hold a port. "name:" or "name=" entries look for a named
// argument or a setting instead ("port=", "port:").
std::optional<PortFinding> find_port(const Folder& folder, std::span<const std::string_view> files,
                                     std::span<const std::string_view> calls);

// Any read of $PORT in the files, with the default beside it when there is one.
std::optional<PortFinding> find_port_read(const Folder& folder, std::span<const std::string_view> files);

// The port that a command line names: "--port 8000", "-p 3000", "-b 0.0.0.0:8000", "PORT=80 x"; $PORT and ${PORT:-80}
// make honors_port true.
std::optional<PortFinding> port_in_command(std::string_view command);

// Puts a finding into a plan: port (when it names one), honors_port, evidence and a warning for loopback binds.
void apply_port(BuildPlan& plan, const Folder& folder, const PortFinding& finding, double weight);

}  // namespace podwright::analyze
