// The answer for a person: each decision with the file and line that made it.
#include "analyze/analyze.hh"

#include "base/text.hh"

namespace podwright::analyze {

namespace {

void line(std::string& out, std::string_view label, std::string_view value) {
  if (!value.empty()) out += fmt::format("  {:<12} {}\n", label, printable(value));
}

std::string place(const Evidence& evidence) {
  if (evidence.file.empty()) return "convention";
  return printable(evidence.line ? fmt::format("{}:{}", evidence.file, evidence.line) : evidence.file);
}

std::string port_text(const BuildPlan& plan) {
  if (!plan.port) return "none: it serves nothing";
  return fmt::format("{} ({})", plan.port, plan.honors_port ? "follows $PORT" : "fixed: $PORT is not read");
}

void explain_plan(std::string& out, const BuildPlan& plan) {
  out += fmt::format("{} in {}: {}{}{}, {:.0f} % sure\n", printable(plan.name), printable(plan.root), plan.language,
                     plan.framework.empty() ? "" : " with ", printable(plan.framework), plan.confidence * 100);
  line(out, "version", plan.version);
  line(out, "packages", plan.package_manager);
  line(out, "install", plan.install_command);
  line(out, "build", plan.build_command);
  line(out, "start", plan.start_command);
  line(out, "release", plan.release_command);
  line(out, "serves", plan.publish_dir);
  line(out, "image by", plan.containerfile);
  line(out, "port", port_text(plan));
  line(out, "resources", fmt::format("{}m CPU, {} memory", plan.resources.cpu_millis, format_bytes(plan.resources.memory_bytes)));
  if (!plan.evidence.empty()) out += "  because\n";
  for (const Evidence& one : plan.evidence) {
    out += fmt::format("    {:<16} {}  ({})\n", one.field, printable(one.value), place(one));
  }
  if (!plan.env_needs.empty()) out += "  reads from the environment\n";
  for (const EnvNeed& one : plan.env_needs) {
    out += fmt::format("    {}{}  ({}:{})\n", printable(one.name), one.required ? ", required" : "", printable(one.file), one.line);
  }
  for (const RunnerUp& one : plan.runners_up) {
    out += fmt::format("  not {} ({:.2f}){}{}\n", one.language, one.score, one.reason.empty() ? "" : ": ", printable(one.reason));
  }
  for (const std::string& warning : plan.warnings) out += fmt::format("  warning: {}\n", printable(warning));
}

}  // namespace

std::string explain(const Analysis& analysis) {
  std::string out;
  for (const BuildPlan& plan : analysis.services) {
    if (!out.empty()) out += "\n";
    explain_plan(out, plan);
  }
  return out;
}

}  // namespace podwright::analyze
