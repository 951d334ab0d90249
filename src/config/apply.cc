#include <algorithm>

#include "base/text.hh"
#include "config/config.hh"

namespace podwright::config {

namespace {

// Sets fields of the plan and says where each value comes from.
class Override {
 public:
  Override(BuildPlan& plan, std::string file) : plan_(plan), file_(std::move(file)) {}

  void text(const Maybe<std::string>& from, std::string& to, std::string_view field) {
    if (!from) return;
    to = from->value;
    evidence(field, from->value, from->line);
  }
  void evidence(std::string_view field, std::string value, int line) {
    plan_.evidence.push_back({.field = std::string(field), .value = std::move(value), .file = file_, .line = line, .weight = 1.0});
  }

 private:
  BuildPlan& plan_;
  std::string file_;
};

bool needs_shell(std::string_view command) { return command.find_first_of("|&;<>()$`\\\"'*?[]#~{}\n") != command.npos; }

// The repository's own Dockerfile is used as it is: of the build only its result can be overridden.
Status check_containerfile(const AppConfig& config, BuildPlan& plan) {
  if (plan.runtime != RuntimeKind::containerfile) return {};
  auto ignored = [&](std::string_view key, int line) {
    plan.warnings.push_back(fmt::format("{}:{}: {} has no effect: {} decides how the image is built", config.file, line, key,
                                        plan.containerfile.empty() ? "the Dockerfile" : printable(plan.containerfile)));
  };
  if (config.install_command) ignored("build.install", config.install_command->line);
  if (config.build_command) ignored("build.command", config.build_command->line);
  if (config.packages) ignored("build.packages", config.packages->line);
  for (const auto* command : {&config.start_command, &config.release_command})
    if (*command && needs_shell((*command)->value))
      return fail(error(ErrorCode::invalid, "this command needs a shell, and with a Dockerfile commands are run without one")
                      .at(fmt::format("{}:{}", config.file, (*command)->line))
                      .with_hint("put it into a script of the image, or into the Dockerfile's CMD"));
  return {};
}

void add_packages(const AppConfig& config, BuildPlan& plan, Override& change) {
  if (!config.packages) return;
  for (auto* list : {&plan.build_packages, &plan.run_packages})
    for (const auto& package : config.packages->value)
      if (std::ranges::find(*list, package) == list->end()) list->push_back(package);
  change.evidence("packages", join(config.packages->value, " "), config.packages->line);
}

void take_resources(const AppConfig& config, BuildPlan& plan, Override& change) {
  if (config.cpu_millis) {
    plan.resources.cpu_millis = config.cpu_millis->value;
    change.evidence("resources.cpu", fmt::format("{}m", config.cpu_millis->value), config.cpu_millis->line);
  }
  if (config.memory_bytes) {
    plan.resources.memory_bytes = config.memory_bytes->value;
    change.evidence("resources.memory", format_bytes(config.memory_bytes->value), config.memory_bytes->line);
  }
}

}  // namespace

Status apply(const AppConfig& config, BuildPlan& plan) {
  TRY(check_containerfile(config, plan));
  Override change(plan, config.file);
  change.text(config.name, plan.name, "name");
  if (plan.runtime != RuntimeKind::containerfile) {
    change.text(config.install_command, plan.install_command, "installCommand");
    change.text(config.build_command, plan.build_command, "buildCommand");
    add_packages(config, plan, change);
  }
  change.text(config.start_command, plan.start_command, "startCommand");
  change.text(config.release_command, plan.release_command, "releaseCommand");
  if (config.port) {
    plan.port = config.port->value;
    change.evidence("port", std::to_string(plan.port), config.port->line);
  }
  take_resources(config, plan, change);
  return {};
}

void apply_procfile(std::string_view text, BuildPlan& plan, std::string_view file_name) {
  Override change(plan, std::string(file_name));
  int line = 0;
  for (auto entry : split_lines(text)) {
    ++line;
    entry = trim(entry);
    if (entry.empty() || entry.starts_with('#')) continue;
    auto colon = entry.find(':');
    auto type = trim(entry.substr(0, colon));
    auto command = colon == entry.npos ? std::string_view() : trim(entry.substr(colon + 1));
    if (command.empty())
      plan.warnings.push_back(fmt::format("{}:{}: not a line of the form 'type: command'", file_name, line));
    else if (type == "web")
      change.text(Said{std::string(command), line}, plan.start_command, "startCommand");
    else if (type == "release")
      change.text(Said{std::string(command), line}, plan.release_command, "releaseCommand");
    else
      plan.warnings.push_back(fmt::format("{}:{}: the process type '{}' is not deployed with this service", file_name, line, printable(type)));
  }
}

}  // namespace podwright::config
