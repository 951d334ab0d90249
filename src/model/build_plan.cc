#include "model/build_plan.hh"

#include <boost/json.hpp>

#include "base/text.hh"

namespace podwright {

namespace json = boost::json;

std::string_view name(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::containerfile: return "containerfile";
    case RuntimeKind::static_files: return "static";
    case RuntimeKind::binary: return "binary";
    case RuntimeKind::node: return "node";
    case RuntimeKind::deno: return "deno";
    case RuntimeKind::bun: return "bun";
    case RuntimeKind::python: return "python";
    case RuntimeKind::ruby: return "ruby";
    case RuntimeKind::php: return "php";
    case RuntimeKind::jre: return "jre";
    case RuntimeKind::dotnet: return "dotnet";
    case RuntimeKind::beam: return "beam";
    case RuntimeKind::dart: return "dart";
    case RuntimeKind::shell: return "shell";
    case RuntimeKind::lua: return "lua";
  }
  return "binary";
}

namespace {

// Names and values come from foreign files: control characters and invalid UTF-8 leave here escaped.
json::string shown(std::string_view text) { return json::string(printable(text)); }

json::array evidence_json(const BuildPlan& plan) {
  json::array all;
  for (const Evidence& one : plan.evidence) {
    all.push_back(json::object{{"field", shown(one.field)}, {"value", shown(one.value)}, {"file", shown(one.file)},
                               {"line", one.line}, {"weight", one.weight}});
  }
  return all;
}

json::array env_json(const BuildPlan& plan) {
  json::array all;
  for (const EnvNeed& one : plan.env_needs) {
    json::object need{{"name", shown(one.name)}, {"required", one.required}, {"file", shown(one.file)}, {"line", one.line}};
    if (one.sample) need["sample"] = shown(*one.sample);
    all.push_back(std::move(need));
  }
  return all;
}

json::array runners_up_json(const BuildPlan& plan) {
  json::array all;
  for (const RunnerUp& one : plan.runners_up) {
    all.push_back(json::object{{"language", shown(one.language)}, {"root", shown(one.root)}, {"score", one.score},
                               {"reason", shown(one.reason)}});
  }
  return all;
}

json::array warnings_json(const BuildPlan& plan) {
  json::array all;
  for (const std::string& one : plan.warnings) all.push_back(shown(one));
  return all;
}

}  // namespace

json::object to_json(const BuildPlan& plan) {
  json::object out;
  out["name"] = shown(plan.name);
  out["root"] = shown(plan.root);
  out["language"] = shown(plan.language);
  out["framework"] = shown(plan.framework);
  out["version"] = shown(plan.version);
  out["versionConstraint"] = shown(plan.version_constraint);
  out["packageManager"] = shown(plan.package_manager);
  out["installCommand"] = shown(plan.install_command);
  out["buildCommand"] = shown(plan.build_command);
  out["startCommand"] = shown(plan.start_command);
  out["releaseCommand"] = shown(plan.release_command);
  out["port"] = plan.port;
  out["honorsPort"] = plan.honors_port;
  out["runtime"] = name(plan.runtime);
  if (!plan.containerfile.empty()) out["containerfile"] = shown(plan.containerfile);
  if (!plan.publish_dir.empty()) out["publishDir"] = shown(plan.publish_dir);
  out["envVars"] = env_json(plan);
  out["resources"] = json::object{{"cpu", std::to_string(plan.resources.cpu_millis) + "m"},
                                  {"memory", format_bytes(plan.resources.memory_bytes)}};
  out["confidence"] = plan.confidence;
  out["evidence"] = evidence_json(plan);
  out["runnersUp"] = runners_up_json(plan);
  out["warnings"] = warnings_json(plan);
  return out;
}

json::object to_json(const Analysis& analysis) {
  json::object out = to_json(analysis.primary());
  json::array services;
  for (const BuildPlan& plan : analysis.services) services.push_back(to_json(plan));
  out["services"] = std::move(services);
  return out;
}

}  // namespace podwright
