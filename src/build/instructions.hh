// Reads a Containerfile the way buildah does, as far as a check of it needs: logical instructions with their first line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace podwright::build {

struct Instruction {
  std::string keyword;             // upper case; what follows ONBUILD counts as the instruction
  std::vector<std::string> flags;  // "--mount=…", quotes and escapes removed
  std::string rest;                // the text after them
  int line = 0;                    // 1-based
};

// Handles continuations, comments and empty lines inside them, the escape directive, and here-documents when
// `here_documents` (buildah before 1.33 knows none: what it takes for an instruction can stand inside one).
std::vector<Instruction> read_instructions(std::string_view text, bool here_documents);

// $NAME, ${NAME}, ${NAME:-default} and ${NAME:+text} from the values; unknown ones are empty.
std::string expand(std::string_view text, const std::map<std::string, std::string>& values);

// The words of an instruction's text, quotes removed; also of its JSON form.
std::vector<std::string> instruction_words(std::string_view rest);

}  // namespace podwright::build
