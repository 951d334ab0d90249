// podwright completion, and what its scripts ask us
#include <algorithm>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/session.hh"

namespace podwright::cli {

namespace {

// The scripts only carry words to `podwright __complete` and candidates back; where it has none, files are offered.
constexpr std::string_view kBash = R"sh(_podwright() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _podwright podwright
)sh";

constexpr std::string_view kZsh = R"sh(#compdef podwright
_podwright() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  candidates=(${candidates:#})
  if (( ${#candidates} )); then compadd -a candidates; else _files; fi
}
compdef _podwright podwright
)sh";

constexpr std::string_view kFish = R"sh(function __podwright_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c podwright -f -a '(__podwright_complete)'
complete -c podwright -n 'test -z "(__podwright_complete)"' -F
)sh";

const std::vector<Parameter> kGlobal{{.names = "--state-dir",
                                      .value = "DIR",
                                      .help = "",
                                      .target = static_cast<std::string*>(nullptr),
                                      .completes = Completes::files},
                                     {.names = "-y,--yes", .help = "", .target = static_cast<bool*>(nullptr)},
                                     {.names = "-h,--help", .help = "", .target = static_cast<bool*>(nullptr)}};

bool takes_value(const Parameter& parameter) {
  return !std::holds_alternative<bool*>(parameter.target);
}

// The option that this word names; "--app=x" carries its value along and is none.
const Parameter* option_named(const std::vector<Parameter>& parameters, std::string_view word) {
  for (const auto& parameter : parameters)
    if (!parameter.is_positional() && std::ranges::count(split(parameter.names, ','), word) > 0) return &parameter;
  return nullptr;
}

// Where the cursor stands after the words before it.
struct Place {
  const std::vector<Command>* commands;  // that may come next; null inside a command without children
  const Command* command = nullptr;
  const Parameter* value_of = nullptr;  // an option that waits for its value
  size_t positionals = 0;
  bool only_positionals = false;  // after "--"
};

const Parameter* known_option(const Place& place, std::string_view word) {
  const auto* own = place.command ? option_named(place.command->parameters, word) : nullptr;
  return own ? own : option_named(kGlobal, word);
}

void step(Place& place, const std::string& word, Session& session) {
  if (place.value_of) {
    if (place.value_of->names == "--state-dir") session.state_dir = word;
    place.value_of = nullptr;
  } else if (!place.only_positionals && word.starts_with('-')) {
    if (word == "--") place.only_positionals = true;
    const auto* option = known_option(place, word);
    if (option && takes_value(*option)) place.value_of = option;
  } else if (place.commands) {
    auto found = std::ranges::find(*place.commands, word, &Command::name);
    place.command = found == place.commands->end() ? nullptr : &*found;
    place.commands = place.command && !place.command->children.empty() ? &place.command->children : nullptr;
  } else {
    ++place.positionals;
  }
}

std::vector<std::string> from_daemon(const Session& session, const std::string& path, std::string_view key,
                                     std::string_view field) {
  std::vector<std::string> out;
  auto client = session.running_daemon();
  auto answer = client ? client->get(path, std::chrono::seconds(2)) : fail(ErrorCode::unavailable, "no daemon");
  if (!answer) return out;
  for (const auto& item : list(*answer, key)) out.push_back(text(item, field));
  return out;
}

std::vector<std::string> values(const Parameter& parameter, const Session& session) {
  if (!parameter.choices.empty()) return parameter.choices;
  if (parameter.completes == Completes::apps) return from_daemon(session, "/v1/apps", "apps", "app");
  if (parameter.completes == Completes::deployments)
    return from_daemon(session, "/v1/deployments?limit=20", "deployments", "id");
  if (parameter.completes == Completes::hosts) return from_daemon(session, "/v1/hosts", "hosts", "name");
  return {};
}

std::vector<std::string> option_names(const Place& place) {
  std::vector<std::string> out;
  auto add = [&](const std::vector<Parameter>& parameters) {
    for (const auto& parameter : parameters)
      if (!parameter.is_positional()) out.emplace_back(split(parameter.names, ',').back());
  };
  if (place.command) add(place.command->parameters);
  add(kGlobal);
  return out;
}

std::vector<std::string> candidates(const Place& place, std::string_view partial, const Session& session) {
  if (place.value_of) return values(*place.value_of, session);
  if (partial.starts_with('-') && !place.only_positionals) return option_names(place);
  std::vector<std::string> out;
  if (place.commands)
    for (const auto& command : *place.commands) out.push_back(command.name);
  else if (place.command) {
    size_t at = 0;
    for (const auto& parameter : place.command->parameters)
      if (parameter.is_positional() && at++ == place.positionals) return values(parameter, session);
  }
  return out;
}

std::string_view script(std::string_view shell) {
  return shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish;
}

}  // namespace

std::string complete(const std::vector<std::string>& words, const std::vector<Command>& commands, Session& session) {
  if (words.empty()) return {};
  Place place{.commands = &commands};
  for (size_t i = 0; i + 1 < words.size(); ++i) step(place, words[i], session);
  auto found = candidates(place, words.back(), session);
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  std::string out;
  for (const auto& candidate : found)
    if (candidate.starts_with(words.back())) out += printable(candidate) + "\n";
  return out;
}

Command completion_command() {
  auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .summary = "Print the completion script for a shell",
          .examples = {"source <(podwright completion bash)", "podwright completion zsh > ~/.zfunc/_podwright",
                       "podwright completion fish > ~/.config/fish/completions/podwright.fish"},
          .parameters = {{.names = "SHELL",
                          .help = "bash, zsh or fish",
                          .target = shell.get(),
                          .required = true,
                          .choices = {"bash", "zsh", "fish"}}},
          .run = [shell](Session& session) -> Result<int> {
            session.print(script(*shell));
            return 0;
          }};
}

}  // namespace podwright::cli
