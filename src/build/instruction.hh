// Instructions of a Containerfile, written so that no value can end its instruction, start another one or be expanded.
// The grammar is Containerfile(5): one instruction a line, "\" at the end of a line
// continues it, JSON arrays are the exec form, and $ is expanded in COPY, ENV, LABEL and WORKDIR but not in RUN and CMD.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace podwright::build {

std::string json_array(std::span<const std::string> words);  // ["a","b"], control characters as \u00XX

// COPY [flags] ["from", …, "to"]; the characters that COPY expands or globs are taken literally, except "*" when
// `with_patterns`.
// Error{invalid} when a path holds a control character or a backslash: COPY cannot name such a file.
Result<std::string> copy_instruction(std::string_view flags, std::span<const std::string> from, std::string_view to,
                                     bool with_patterns = false);

// One ENV or LABEL for all, NAME="value" each; "" for none. Error{invalid} when a value holds a control character.
Result<std::string> assignments(std::string_view keyword, const std::map<std::string, std::string>& values);

Result<std::string> workdir(std::string_view path);

// RUN with the mounts (one flag a line), then the shell text: as it stands where that is safe, else in exec form.
std::string run_instruction(std::span<const std::string> mounts, std::string_view shell_text);

// "# …", one line whatever the text holds.
std::string comment(std::string_view text);

// 'text' as one word for sh.
std::string shell_quoted(std::string_view text);

}  // namespace podwright::build
