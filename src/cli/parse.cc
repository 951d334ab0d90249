#include "cli/parse.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/text.hh"
#include "base/version.hh"
#include "cli/session.hh"

namespace podwright::cli {

namespace {

using Parsers = std::map<const CLI::App*, const Command*>;

struct Adder {
  CLI::App& app;
  const Parameter& parameter;

  void operator()(bool* target) const { app.add_flag(parameter.names, *target, parameter.help); }
  void operator()(std::vector<std::string>* target) const {
    auto* option = app.add_option(parameter.names, *target, parameter.help);
    if (!parameter.is_positional()) option->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    finish(option);
  }
  template <class Value>
  void operator()(Value* target) const {
    finish(app.add_option(parameter.names, *target, parameter.help));
  }

 private:
  void finish(CLI::Option* option) const {
    option->required(parameter.required);
    if (parameter.is_positional()) option->type_name("");
    if (!parameter.value.empty()) option->type_name(parameter.value);
    if (!parameter.choices.empty()) option->check(CLI::IsMember(parameter.choices));
  }
};

std::string footer(const Command& command) {
  if (command.examples.empty()) return {};
  return "Examples:\n  " + join(command.examples, "\n  ");
}

void add(CLI::App& parent, const Command& command, Parsers& parsers) {
  auto* app = parent.add_subcommand(command.name, command.summary);
  app->fallthrough();
  app->footer(footer(command));
  app->get_formatter()->column_width(34);
  for (const auto& parameter : command.parameters) std::visit(Adder{*app, parameter}, parameter.target);
  for (const auto& child : command.children) add(*app, child, parsers);
  if (!command.children.empty()) app->require_subcommand(1, 1);
  parsers[app] = &command;
}

const CLI::App* chosen(const CLI::App& root) {
  const auto* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

std::string full_name(const CLI::App* app) {
  std::string name = app->get_name();
  for (const auto* parent = app->get_parent(); parent; parent = parent->get_parent()) name = parent->get_name() + " " + name;
  return name;
}

// "did you mean …" for the first word that is no command, or for a misspelt option.
std::string suggestion(const std::vector<std::string>& args, const std::vector<Command>& commands, const CLI::App* at) {
  std::vector<std::string> names;
  for (const auto* option : at->get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  if (!at->get_parent())
    for (const auto& command : commands) names.push_back(command.name);
  std::vector<std::string_view> views(names.begin(), names.end());
  for (const auto& arg : args) {
    auto word = std::string_view(arg).substr(0, arg.find('='));
    if (word == "--") break;
    bool is_option = word.starts_with("--");
    if ((!is_option && at->get_parent()) || std::ranges::find(views, word) != views.end()) continue;
    if (auto near = nearest(word, views); near && near->starts_with("--") == is_option) return *near;
  }
  return {};
}

std::unexpected<Error> usage_failure(const CLI::ParseError& problem, const std::vector<std::string>& args,
                                     const std::vector<Command>& commands, const CLI::App& root) {
  const auto* at = chosen(root);
  auto near = suggestion(args, commands, at);
  auto help = "'" + full_name(at) + " --help' shows what is possible";
  return fail(error(ErrorCode::invalid, "{}", printable(trim(problem.what())))
                  .with_hint(near.empty() ? help : "did you mean '" + near + "'? " + help));
}

}  // namespace

Result<Parsed> parse(const std::vector<std::string>& args, const std::vector<Command>& commands, Session& session) {
  CLI::App root("From source to a running, healthy, routed service on Podman", "podwright");
  Parsers parsers;
  std::string state_dir;
  root.add_option("--state-dir", state_dir, "The installation's folder; two folders are two independent installations")->type_name("DIR");
  root.add_flag("-y,--yes", session.yes, "Answer yes to every question");
  root.set_version_flag("--version", "podwright " + std::string(version()));
  root.require_subcommand(1, 1);
  root.get_formatter()->column_width(34);
  root.footer("'podwright COMMAND --help' explains a command. State is kept in $PODWRIGHT_STATE_DIR or ~/.local/state/podwright.");
  for (const auto& command : commands) add(root, command, parsers);
  try {
    auto reversed = std::vector<std::string>(args.rbegin(), args.rend());
    root.parse(reversed);
  } catch (const CLI::CallForVersion& wanted) {
    return Parsed{.help = std::string(wanted.what()) + "\n"};
  } catch (const CLI::CallForHelp&) {
    return Parsed{.help = chosen(root)->help(chosen(root)->get_parent() ? full_name(chosen(root)->get_parent()) : "")};
  } catch (const CLI::ParseError& problem) {
    if (args.empty()) return Parsed{.help = root.help()};
    return usage_failure(problem, args, commands, root);
  }
  if (!state_dir.empty()) session.state_dir = state_dir;
  return Parsed{.command = parsers.at(chosen(root)), .help = {}};
}

}  // namespace podwright::cli
