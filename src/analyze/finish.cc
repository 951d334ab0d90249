#include "analyze/finish.hh"

#include <algorithm>
#include <array>
#include <set>

#include "analyze/docker.hh"
#include "analyze/env_reads.hh"
#include "analyze/hints.hh"
#include "analyze/scan.hh"
#include "base/text.hh"
#include "model/name.hh"

namespace podwright::analyze {

namespace {

struct Process {
  std::string type;
  std::string command;
  int line = 0;
};

std::vector<Process> processes(std::string_view procfile) {
  std::vector<Process> found;
  int number = 0;
  for (const std::string_view line : split_lines(procfile)) {
    ++number;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || trim(line).starts_with('#')) continue;
    const std::string_view type = trim(line.substr(0, colon)), command = trim(line.substr(colon + 1));
    if (!type.empty() && !command.empty() && found.size() < 100) found.push_back({std::string(type), std::string(command), number});
  }
  return found;
}

double weight_of(const BuildPlan& plan, std::string_view field) {
  double weight = 0;
  for (const Evidence& one : plan.evidence) {
    if (one.field == field) weight = std::max(weight, one.weight);
  }
  return weight;
}

// Heroku's launchers of PHP exist only there; what they say is the folder to serve.
bool is_herokus_php(BuildPlan& plan, std::string_view command) {
  if (plan.language != "php" || command.find("heroku-php-") == std::string_view::npos) return false;
  const auto words = split_words(command);
  std::string_view folder = words.back();
  while (folder.ends_with('/')) folder.remove_suffix(1);
  if (words.size() < 2 || folder.empty() || folder.starts_with('-') || folder.find('.') != std::string_view::npos) return true;
  plan.publish_dir = folder;
  plan.start_command = fmt::format("php -S 0.0.0.0:${{PORT:-8080}} -t {}", folder);
  return true;
}

void set_start(BuildPlan& plan, const Folder& folder, std::string_view command, std::string_view file, int line, double weight) {
  if (is_herokus_php(plan, command)) return note(plan, folder, "publishDir", plan.publish_dir, file, line, weight);
  plan.start_command = command;
  note(plan, folder, "startCommand", command, file, line, weight);
  auto port = port_in_command(command);
  if (!port || plan.runtime == RuntimeKind::static_files) return;
  port->honors_port = port->honors_port || (plan.honors_port && !port->port);
  port->file = file;
  port->line = line;
  if (!port->port && !plan.port) port->port = 8080;
  apply_port(plan, folder, *port, weight);
}

// A Procfile's word on how to start is the application's own, so it wins over every convention.
void apply_procfile(BuildPlan& plan, const Folder& folder) {
  const auto all = processes(folder.read("Procfile"));
  if (all.empty()) return;
  const auto named = [&](std::string_view type) {
    return std::find_if(all.begin(), all.end(), [&](const Process& one) { return one.type == type; });
  };
  auto start = named("web");
  const bool serves = start != all.end();
  if (!serves) start = std::find_if(all.begin(), all.end(), [](const Process& one) { return one.type != "release"; });
  if (const auto release = named("release"); release != all.end()) {
    plan.release_command = release->command;
    note(plan, folder, "releaseCommand", release->command, "Procfile", release->line, 1.0);
  }
  if (start == all.end()) return;
  if (!serves) plan.warnings.push_back("the Procfile has no web process: its \"" + start->type + "\" is started");
  set_start(plan, folder, start->command, "Procfile", start->line, 1.0);
}

// Other platforms' files, a script of the usual name when the language found no start, and ports that only they know.
void apply_hints(BuildPlan& plan, const Folder& folder) {
  const auto start = find_start_hint(folder);
  const bool is_files = plan.runtime == RuntimeKind::static_files;
  if (start && !is_files) set_start(plan, folder, start->command, start->file, start->line, 0.9);
  const std::string_view script = folder.first_of({"start.sh", "run.sh"});
  const bool needs_start = plan.start_command.empty() && !is_files && plan.runtime != RuntimeKind::containerfile;
  if (needs_start && !script.empty()) set_start(plan, folder, "sh " + std::string(script), script, 1, 0.5);
  const auto port = find_port_hint(folder);
  if (!port || is_files || weight_of(plan, "port") > 0.5) return;
  plan.port = port->port;
  note(plan, folder, "port", std::to_string(port->port), port->file, port->line, 0.8);
}

// No rule of the language found a port: any read of $PORT, or a call that listens, in any of its sources.
void find_any_port(BuildPlan& plan, const Folder& folder) {
  const bool wanted = plan.port == 0 && !plan.start_command.empty() && plan.runtime != RuntimeKind::static_files;
  if (!wanted) return;
  const auto files = folder.ending({".java", ".kt", ".scala", ".clj", ".py", ".go", ".rs", ".rb", ".cs", ".fs", ".ex", ".erl", ".gleam", ".hs", ".swift",
                                    ".zig", ".dart", ".cr", ".c", ".cpp", ".cc", ".lua", ".php"}, 200);
  static constexpr std::array<std::string_view, 8> kCalls = {"listen", "Listen", "ListenAndServe", "InetSocketAddress", "ServerSocket", "TcpListener::bind", "TCPServer.new", "bind"};
  auto found = find_port_read(folder, files);
  if (!found || !found->port) {
    const auto call = find_port(folder, files, kCalls);
    if (call && (call->port || !found)) found = call;
  }
  if (!found) return;
  if (!found->port) found->port = 8080;
  apply_port(plan, folder, *found, 0.6);
}

// The repository's own Dockerfile builds the image; the language stays what the application is written in.
void apply_containerfile(BuildPlan& plan, const Folder& folder) {
  const std::string_view file = containerfile_of(folder);
  if (file.empty() || plan.runtime == RuntimeKind::containerfile) return;
  const ContainerfileFacts facts = read_containerfile(folder.read(file));
  plan.runtime = RuntimeKind::containerfile;
  plan.containerfile = file;
  note(plan, folder, "runtime", "containerfile", file, 1, 1.0);
  apply_containerfile_port(plan, folder, facts, file);
  if (!facts.command.empty()) note(plan, folder, "containerCommand", facts.command, file, facts.command_line, 1.0);
}

struct Weight {
  RuntimeKind kind;
  int cpu_millis;
  long long mebibytes;
};

Resources resources_for(const BuildPlan& plan) {
  static constexpr Weight kWeights[] = {
      {RuntimeKind::static_files, 100, 64}, {RuntimeKind::binary, 250, 128}, {RuntimeKind::jre, 1000, 1024},
      {RuntimeKind::dotnet, 500, 512},      {RuntimeKind::shell, 250, 128},  {RuntimeKind::beam, 500, 512},
      {RuntimeKind::php, 500, 256},         {RuntimeKind::lua, 250, 128},    {RuntimeKind::dart, 250, 256}};
  Resources resources;
  for (const Weight& one : kWeights) {
    if (one.kind == plan.runtime) resources = {one.cpu_millis, one.mebibytes << 20};
  }
  return resources;
}

double confidence_of(const std::vector<Candidate>& candidates) {
  const double best = std::min(candidates.front().score, 1.0);
  const double second = candidates.size() > 1 ? candidates[1].score : 0;
  const double closeness = std::clamp(1 - (best - second) / 0.3, 0.0, 1.0);
  return std::clamp(best - 0.2 * closeness, 0.05, 0.99);
}

void add_runners_up(BuildPlan& plan, const Surveyed& surveyed) {
  for (size_t i = 1; i < surveyed.candidates.size() && plan.runners_up.size() < 5; ++i) {
    const Candidate& one = surveyed.candidates[i];
    if (one.plan.language == plan.language) continue;
    const Evidence* why = one.plan.evidence.empty() ? nullptr : &one.plan.evidence.front();
    plan.runners_up.push_back({one.plan.language, surveyed.folder.path(), std::min(one.score, 1.0),
                               why ? fmt::format("{} in {}", why->value, why->file) : ""});
  }
}

}  // namespace

BuildPlan finish(const Surveyed& surveyed) {
  const Folder& folder = surveyed.folder;
  BuildPlan plan = surveyed.candidates.front().plan;
  plan.root = folder.path();
  plan.name = to_app_name(folder.name().empty() ? plan.name : folder.name());
  plan.resources = resources_for(plan);
  find_any_port(plan, folder);
  apply_hints(plan, folder);
  apply_procfile(plan, folder);
  apply_containerfile(plan, folder);
  plan.env_needs = find_env_needs(folder, plan.language);
  plan.confidence = confidence_of(surveyed.candidates);
  add_runners_up(plan, surveyed);
  return plan;
}

void name_apart(Analysis& analysis) {
  std::set<std::string> taken;
  for (BuildPlan& plan : analysis.services) {
    const std::string base = plan.name;
    for (int i = 2; !taken.insert(plan.name).second; ++i) plan.name = fmt::format("{}-{}", base.substr(0, 36), i);
  }
}

}  // namespace podwright::analyze
