// A command of the command line as data: its help, its parameters and what it does. One file per command (or small
// family) makes one; parse.cc turns them into a parser, complete.cc into completions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hh"

namespace podwright::cli {

class Session;

// Where a parsed value goes. A bool is a flag; a vector is an option that may be repeated, or all remaining words.
using Target =
    std::variant<bool*, std::string*, std::optional<std::string>*, std::optional<int>*, std::vector<std::string>*>;

enum class Completes { nothing, apps, deployments, hosts, files };

struct Parameter {
  std::string names;  // "--env" or "-f,--follow"; a positional's has no dash: "APP"
  std::string value;  // what stands for the value in the help: "NAME"; not for flags and positionals
  std::string help;
  Target target;
  bool required = false;  // positionals only
  Completes completes = Completes::nothing;
  std::vector<std::string> choices = {};

  bool is_positional() const { return !names.starts_with('-'); }
};

struct Command {
  std::string name;
  std::string summary;                // one line, without a full stop
  std::vector<std::string> examples;  // whole command lines
  std::vector<Parameter> parameters;
  std::function<Result<int>(Session&)> run;  // answers the exit code
  std::vector<Command> children = {};        // then it has no run
};

}  // namespace podwright::cli
