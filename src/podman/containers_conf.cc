// The pure half of environment.hh: what the machine needs, and the file that says it.
#include <algorithm>
#include <sstream>

#include "base/text.hh"
#include "format/toml_library.hh"
#include "podman/environment.hh"

namespace podwright::podman {

namespace {

constexpr long long kPodmanDefault = 1 << 20;  // of nofile and nproc, for rootful containers
constexpr long long kSmallestPidMax = 32768;   // Podman lowers its own nproc to the kernel's pid_max, at least this

// Tables are merged key by key, everything else is replaced.
void merge(toml::table& into, const toml::table& from) {
  for (const auto& [key, node] : from) {
    auto* ours = into[key.str()].as_table();
    if (ours && node.is_table())
      merge(*ours, *node.as_table());
    else
      into.insert_or_assign(key.str(), node);
  }
}

toml::table& section(toml::table& root, std::string_view name) {
  if (!root[name].is_table()) root.insert_or_assign(name, toml::table{});
  return *root[name].as_table();
}

}  // namespace

Overrides overrides_for(const MachineFacts& facts) {
  Overrides out;
  if (!facts.cgroup_v2 && facts.has_crun && facts.has_runc) out.runtime = "runc";
  out.no_pids_limit = !facts.pids_controller;
  if (!facts.rootful || facts.may_raise_limits) return out;
  if (facts.nofile_hard >= kPodmanDefault && facts.nproc_hard >= kPodmanDefault) return out;
  // Soft and hard alike: Podman 4.3.1 swaps them.
  auto limit = [](std::string_view name, long long value) { return fmt::format("{}={}:{}", name, value, value); };
  out.ulimits = {limit("nofile", std::min(facts.nofile_hard, kPodmanDefault)), limit("nproc", std::min(facts.nproc_hard, kSmallestPidMax))};
  return out;
}

Result<std::string> containers_conf(const std::vector<std::string>& texts, const Overrides& overrides) {
  toml::table merged;
  for (const auto& text : texts) {
    auto parsed = toml::parse(std::string_view(text));
    if (!parsed)
      return fail(error(ErrorCode::invalid, "containers.conf cannot be read: {}", printable(parsed.error().description()))
                      .with_hint("repair /etc/containers/containers.conf or ~/.config/containers/containers.conf"));
    merge(merged, parsed.table());
  }
  if (auto& engine = section(merged, "engine"); !overrides.runtime.empty() && !engine.contains("runtime"))
    engine.insert("runtime", overrides.runtime);
  auto& containers = section(merged, "containers");
  if (overrides.no_pids_limit) containers.insert_or_assign("pids_limit", 0);
  if (!overrides.ulimits.empty() && !containers.contains("default_ulimits")) {
    toml::array list;
    for (const auto& limit : overrides.ulimits) list.push_back(limit);
    containers.insert("default_ulimits", std::move(list));
  }
  std::ostringstream out;
  out << "# Written by podwright; read by the Podman that it runs. Changes here are lost.\n" << merged << "\n";
  return out.str();
}

}  // namespace podwright::podman
