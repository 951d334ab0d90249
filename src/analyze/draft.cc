#include "analyze/draft.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright::analyze {

Candidate draft(const Folder& folder, std::string_view language, RuntimeKind runtime, double score, std::string_view file) {
  Candidate made;
  made.score = score;
  made.plan.language = language;
  made.plan.runtime = runtime;
  note(made.plan, folder, "language", language, file, file.empty() ? 0 : 1, 0.7);
  return made;
}

void add_manifests(BuildPlan& plan, const Folder& folder, std::initializer_list<std::string_view> files) {
  for (const auto file : files) {
    if (!folder.has(file)) continue;
    std::string path = folder.in_source(file);
    if (std::ranges::find(plan.manifest_files, path) == plan.manifest_files.end()) plan.manifest_files.push_back(std::move(path));
  }
}

void set_framework(BuildPlan& plan, const Folder& folder, std::string_view framework, std::string_view file, int line) {
  plan.framework = framework;
  note(plan, folder, "framework", framework, file, line, 1.0);
}

void set_start(BuildPlan& plan, const Folder& folder, std::string command, std::string_view file, int line, double weight) {
  plan.start_command = std::move(command);
  note(plan, folder, "startCommand", plan.start_command, file, line, weight);
}

void default_port(BuildPlan& plan, const Folder& folder, int port, bool honors_port, std::string_view file) {
  plan.port = port;
  plan.honors_port = honors_port;
  note(plan, folder, "port", std::to_string(port), file, 0, 0.4);
}

namespace {

// `port := os.Getenv("PORT")`, and a few lines below `if port == "" { port = "8081" }`: the default stands near.
int port_below(std::string_view text, int line) {
  const auto lines = split_lines(text);
  for (size_t i = static_cast<size_t>(std::max(line, 1)); i < lines.size() && i < static_cast<size_t>(line) + 6; ++i) {
    const bool assigns = to_lower(lines[i]).find("port") != std::string::npos && lines[i].find('=') != std::string_view::npos;
    const auto found = assigns ? port_in_code(lines[i].substr(lines[i].find('=') + 1), "") : std::nullopt;
    if (found && found->port) return found->port;
  }
  return 0;
}

}  // namespace

void find_and_apply_port(BuildPlan& plan, const Folder& folder, std::span<const std::string_view> files,
                         std::span<const std::string_view> calls, int fallback) {
  auto found = find_port(folder, files, calls);
  const auto read = !found || !found->honors_port || !found->port ? find_port_read(folder, files) : std::nullopt;
  if (!found) found = read;
  if (!found) {
    if (fallback) default_port(plan, folder, fallback, false, "");
    return;
  }
  PortFinding answer = *found;
  if (read) {
    answer.honors_port = true;
    if (!answer.port) answer.port = read->port;
  }
  if (!answer.port && read) answer.port = port_below(folder.read(read->file), read->line);
  if (!answer.port) answer.port = port_below(folder.read(answer.file), answer.line);
  if (!answer.port) answer.port = fallback ? fallback : 8080;
  apply_port(plan, folder, answer, 0.7);
}

std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._/:=@%+,-").find(c) != std::string_view::npos;
  });
  return plain ? std::string(word) : "'" + replace_all(std::string(word), "'", "'\\''") + "'";
}

std::string joined(std::string_view folder, std::string_view file) {
  return folder.empty() || folder == "." ? std::string(file) : fmt::format("{}/{}", folder, file);
}

std::string_view stem(std::string_view path) {
  const auto name = file_name(path);
  return name.substr(0, name.rfind('.'));
}

}  // namespace podwright::analyze
