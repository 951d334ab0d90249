// `podwright doctor`: what works on this machine, what does not, and what to do about it.
#include <sys/resource.h>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "orchestrate/gc.hh"
#include "orchestrate/impl.hh"

namespace podwright::orchestrate {

namespace {

Check check_podman(Runtime& runtime) {
  auto version = runtime.version();
  if (version) return {"podman", "ok", *version, ""};
  return {"podman", "fail", version.error().message, version.error().hint};
}

Check check_disk(const Settings& settings) {
  auto free = free_bytes(settings.state_dir);
  auto detail = format_bytes(free) + " free for " + settings.state_dir.native();
  if (free < settings.min_free_bytes) return {"disk", "fail", detail, "podwright gc, or free some space; new deployments are refused"};
  if (free < 4 * settings.min_free_bytes) return {"disk", "warn", detail, "podwright gc removes what no kept release needs"};
  return {"disk", "ok", detail, ""};
}

Check check_program(const std::string& name, const std::string& purpose) {
  if (has_program(name)) return {name, "ok", purpose, ""};
  return {name, "fail", "not installed: " + purpose, "apt-get install " + name};
}

Check check_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  auto detail = fmt::format("{} open files, at most {}", limit.rlim_cur, limit.rlim_max);
  if (limit.rlim_max < 4096) return {"open files", "warn", detail, "raise the hard limit (ulimit -Hn) to 16384 or more"};
  return {"open files", "ok", detail, ""};
}

Check check_apps(Engine& engine) {
  auto apps = engine.apps();
  if (!apps) return {"apps", "fail", apps.error().message, apps.error().hint};
  int bad = 0;
  for (const auto& app : *apps) bad += app.status == "degraded" ? 1 : 0;
  auto detail = fmt::format("{} known, {} degraded", apps->size(), bad);
  return {"apps", bad == 0 ? "ok" : "warn", detail, bad == 0 ? "" : "podwright ps shows which, podwright logs APP says why"};
}

}  // namespace

std::vector<Check> Engine::doctor() {
  std::vector<Check> checks{check_podman(impl_->ports.runtime), check_disk(impl_->settings), check_files(),
                            check_program("haproxy", "routes the traffic"), check_program("git", "fetches sources"),
                            check_program("mmdebstrap", "makes base images")};
  auto routes = impl_->ports.proxy.observe();
  if (routes)
    checks.push_back({"proxy", "ok", fmt::format("{} routes on port {}", routes->size(), http_port()), ""});
  else
    checks.push_back({"proxy", "fail", routes.error().message, routes.error().hint});
  checks.push_back(check_apps(*this));
  return checks;
}

Result<Collected> Engine::collect_garbage() { return orchestrate::collect_garbage(impl_->ports, impl_->settings); }

}  // namespace podwright::orchestrate
