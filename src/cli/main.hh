// The command line's entry.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hh"
#include "cli/session.hh"

namespace podwright::cli {

int main(int argc, char** argv);

// One command line against these commands: answers the exit code; errors go to the terminal's error output.
int run(const std::vector<std::string>& args, const std::vector<Command>& commands, Session& session);

}  // namespace podwright::cli
