// From argv to the command that it means.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.hh"
#include "cli/command.hh"

namespace podwright::cli {

struct Parsed {
  const Command* command = nullptr;  // null when `help` is to be shown instead
  std::string help;
};

// Fills the command's targets and the session's global flags. Errors: invalid, with a suggestion for a misspelt word.
Result<Parsed> parse(const std::vector<std::string>& args, const std::vector<Command>& commands, Session& session);

}  // namespace podwright::cli
