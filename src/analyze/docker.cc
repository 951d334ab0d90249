// A repository that brings its own Dockerfile or Containerfile.
#include "analyze/docker.hh"

#include <algorithm>

#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Instruction {
  std::string word;  // upper case
  std::string rest;
  int line;
};

std::vector<Instruction> instructions(std::string_view text) {
  std::vector<Instruction> found;
  int number = 0;
  std::string pending;
  int started = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    line = trim(line);
    if (line.empty() || line[0] == '#') continue;
    if (pending.empty()) started = number;
    const bool goes_on = line.ends_with('\\');
    pending += std::string(goes_on ? line.substr(0, line.size() - 1) : line) + " ";
    if (goes_on) continue;
    const std::string_view whole = trim(pending);
    const size_t space = std::min(whole.find_first_of(" \t"), whole.size());
    std::string word(whole.substr(0, space));
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    found.push_back({std::move(word), std::string(trim(whole.substr(space))), started});
    pending.clear();
    if (found.size() > 5000) break;
  }
  return found;
}

// ["a", "b c"] → a "b c"; a shell form stays as it is.
std::string command_text(std::string_view rest) {
  if (!rest.starts_with('[')) return std::string(rest);
  std::string text;
  for (const std::string_view word : arguments(bracketed(rest, 0))) {
    const std::string plain(first_string(word).value_or(word));
    const bool quote = plain.empty() || plain.find_first_of(" \t\"$;&|<>()") != std::string::npos;
    text += fmt::format("{}{}", text.empty() ? "" : " ", quote ? "'" + replace_all(plain, "'", "'\\''") + "'" : plain);
  }
  // sh -c 'x' is x.
  for (const std::string_view shell : {"sh -c '", "/bin/sh -c '", "bash -c '", "/bin/bash -c '"}) {
    if (text.starts_with(shell) && text.ends_with('\'')) text = text.substr(shell.size(), text.size() - shell.size() - 1);
  }
  return text;
}

int environment_port(std::string_view rest) {
  for (const std::string_view name : {"PORT=", "PORT "}) {
    const size_t at = find_word(rest, name.substr(0, 4));
    if (at == std::string_view::npos || !rest.substr(at).starts_with(name)) continue;
    std::string_view value = trim(rest.substr(at + 5));
    if (value.starts_with('"')) value.remove_prefix(1);
    const auto number = parse_integer(value.substr(0, value.find_first_not_of("0123456789")));
    if (number && *number > 0 && *number <= 65535) return static_cast<int>(*number);
  }
  return 0;
}

}  // namespace

ContainerfileFacts read_containerfile(std::string_view text) {
  ContainerfileFacts facts;
  std::string entrypoint, command;
  for (const Instruction& one : instructions(text)) {
    if (one.word == "FROM") {
      entrypoint.clear();
      command.clear();
      facts.port = facts.env_port = 0;
      const auto words = split_words(one.rest);
      if (!words.empty()) facts.base = words[words[0].starts_with("--") && words.size() > 1 ? 1 : 0];
    } else if (one.word == "EXPOSE" && !facts.port) {
      const auto words = split_words(one.rest);
      const std::string_view first = words.empty() ? std::string_view() : words[0];
      const auto number = parse_integer(first.substr(0, first.find_first_not_of("0123456789")));
      if (number && *number > 0 && *number <= 65535) {
        facts.port = static_cast<int>(*number);
        facts.port_line = one.line;
      }
      facts.exposes_port_variable = facts.exposes_port_variable || first.find("PORT") != std::string_view::npos;
    } else if (one.word == "ENV") {
      if (const int port = environment_port(one.rest)) {
        facts.env_port = port;
        if (!facts.port_line) facts.port_line = one.line;
      }
    } else if (one.word == "CMD") {
      command = command_text(one.rest);
      facts.command_line = one.line;
    } else if (one.word == "ENTRYPOINT") {
      entrypoint = command_text(one.rest);
      command.clear();
      facts.command_line = one.line;
    }
  }
  facts.command = trim(entrypoint + " " + command);
  return facts;
}

std::string_view containerfile_of(const Folder& folder) {
  return folder.first_of({"Containerfile", "Dockerfile", "dockerfile", "Dockerfile.prod", "Dockerfile.production"});
}

void apply_containerfile_port(BuildPlan& plan, const Folder& folder, const ContainerfileFacts& facts,
                              std::string_view file) {
  const auto from_command = port_in_command(facts.command);
  const int port = facts.port ? facts.port : facts.env_port ? facts.env_port : from_command ? from_command->port : 0;
  plan.honors_port = plan.honors_port || facts.env_port || facts.exposes_port_variable ||
                     (from_command && from_command->honors_port);
  if (!port) return;
  plan.port = port;
  note(plan, folder, "port", std::to_string(port), file, facts.port_line ? facts.port_line : facts.command_line, 1.0);
}

std::optional<Candidate> detect_docker(const Folder& folder) {
  const std::string_view file = containerfile_of(folder);
  if (file.empty()) return std::nullopt;
  const ContainerfileFacts facts = read_containerfile(folder.read(file));
  Candidate candidate{.plan = {}, .score = score::tooling + 0.04, .covers_below = false};
  BuildPlan& plan = candidate.plan;
  plan.language = "docker";
  plan.runtime = RuntimeKind::containerfile;
  plan.containerfile = file;
  plan.start_command = facts.command;
  note(plan, folder, "language", "docker", file, 1, 0.7);
  if (!facts.command.empty()) note(plan, folder, "startCommand", facts.command, file, facts.command_line, 1.0);
  apply_containerfile_port(plan, folder, facts, file);
  if (!plan.port) {
    plan.port = 8080;
    plan.warnings.push_back(fmt::format("{} has no EXPOSE: port 8080 is a guess", folder.in_source(file)));
  }
  return candidate;
}

}  // namespace podwright::analyze
