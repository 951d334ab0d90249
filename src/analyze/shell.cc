// A repository that is started by a script of its own.
#include <algorithm>

#include "analyze/detector.hh"
#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

std::string shell_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (first.find("bash") != std::string_view::npos) return "bash";
  if (first.find("zsh") != std::string_view::npos) return "zsh";
  return "sh";
}

}  // namespace

std::optional<Candidate> detect_shell(const Folder& folder) {
  std::string_view file = folder.first_of({"start.sh", "run.sh", "entrypoint.sh", "main.sh", "server.sh", "app.sh", "index.sh", "script.sh"});
  double sure = score::tooling - 0.03;  // scripts accompany every language: any manifest says more
  if (file.empty()) {
    file = folder.direct_ending(".sh");
    sure = score::some_sources - 0.05;
  }
  if (file.empty()) return std::nullopt;
  const std::string_view text = folder.read(file);
  Candidate candidate{.plan = {}, .score = sure};
  BuildPlan& plan = candidate.plan;
  plan.language = "shell";
  plan.runtime = RuntimeKind::shell;
  const std::string shell = shell_of(text);
  plan.start_command = fmt::format("{} {}", shell, file);
  if (shell == "zsh") plan.run_packages = {"zsh"};
  note(plan, folder, "language", "shell", file, 1, 0.7);
  note(plan, folder, "startCommand", plan.start_command, file, 1, 0.7);
  const std::string code = without_comments(text, true);
  for (const std::string_view line : split_lines(code)) {
    auto port = port_in_command(line);
    if (!port) continue;
    port->file = file;
    port->line = line_of(code, line);
    apply_port(plan, folder, *port, 0.7);
    if (!plan.port) plan.port = 8080;
    break;
  }
  return candidate;
}

}  // namespace podwright::analyze
