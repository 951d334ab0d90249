// Crystal: shard.yml's targets, or a single source file.
#include <array>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/yaml.hh"

namespace podwright::analyze {

std::optional<Candidate> detect_crystal(const Folder& folder) {
  static constexpr std::array<std::string_view, 6> kCalls = {"bind_tcp", "listen", "run", "port =", "port:", "PORT"};
  const bool shard = folder.has("shard.yml");
  const std::string_view only = folder.has("main.cr") ? std::string_view("main.cr") : folder.direct_ending(".cr");
  if (!shard && only.empty()) return std::nullopt;
  Candidate made = draft(folder, "crystal", RuntimeKind::binary, shard ? score::application : score::sources, shard ? "shard.yml" : only);
  BuildPlan& plan = made.plan;
  plan.package_manager = "shards";
  plan.version = "1.14";
  if (const auto found = find_version(folder, {".crystal-version"}, {"crystal"})) apply_version(plan, *found, version_parts(version_number(found->constraint), 2));
  plan.build_packages = {"libssl-dev", "libpcre2-dev", "libgc-dev", "libevent-dev", "libxml2-dev", "libyaml-dev", "zlib1g-dev"};
  plan.run_packages = {"libpcre2-8-0", "libgc1", "libevent-2.1-7", "libssl3", "libyaml-0-2", "libxml2", "zlib1g"};
  std::string target;
  int fallback = 0;
  if (shard) {
    add_manifests(plan, folder, {"shard.yml", "shard.lock"});
    plan.caches = {{"/root/.cache/shards"}, {"/root/.cache/crystal"}};
    plan.install_command = folder.has("shard.lock") ? "shards install --frozen --production" : "shards install --production";
    const auto root = parse_yaml(folder.read("shard.yml"), folder.in_source("shard.yml"));
    if (!root) {
      plan.warnings.push_back(root.error().text());
    } else {
      const Yaml* targets = root->find("targets");
      if (targets && targets->is_mapping() && !targets->children.empty()) target = targets->children.front().key;
      plan.name = root->text("name");
      const Yaml* dependencies = root->find("dependencies");
      for (const auto& [name, port] : {std::pair<std::string_view, int>{"kemal", 3000}, {"lucky", 3000}, {"amber", 3000}, {"athena", 3000}, {"grip", 4004}, {"spider-gazelle", 3000}}) {
        const Yaml* found = dependencies ? dependencies->find(name) : nullptr;
        if (!found || fallback) continue;
        set_framework(plan, folder, name, "shard.yml", found->key_line);
        fallback = port;
      }
    }
  }
  if (!target.empty()) {
    plan.build_command = "shards build --release --production";
    plan.outputs = {"bin/" + target};
    set_start(plan, folder, "./bin/" + target, "shard.yml", line_of(folder.read("shard.yml"), "targets"), 0.7);
  } else {
    const std::string source = !only.empty() ? std::string(only) : "src/" + plan.name + ".cr";
    const std::string output = plan.name.empty() ? "app" : plan.name;
    plan.build_command = "crystal build --release " + shell_word(source) + " -o bin/" + shell_word(output);
    plan.outputs = {"bin/" + output};
    set_start(plan, folder, "./bin/" + shell_word(output), source, 0, 0.7);
  }
  const auto sources = folder.ending({".cr"}, 200);
  find_and_apply_port(plan, folder, sources, kCalls, fallback);
  if (plan.port && shard) made.score = score::server;
  return made;
}

}  // namespace podwright::analyze
