// The emitter: a BuildPlan as a Containerfile that a person would have written.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.hh"
#include "build/build.hh"
#include "build/instruction.hh"
#include "build/layout.hh"
#include "build/start_command.hh"

namespace podwright::build {

namespace {

constexpr std::string_view kOwner = "--chown=10001:10001";

// Variables that steer the running application, not its build: NODE_ENV=production makes npm leave out build tools.
bool is_for_running_only(std::string_view name) { return name == "NODE_ENV" || name == "PORT" || name == "HOST" || name == "HOSTNAME" || name == "JAVA_TOOL_OPTIONS"; }

// A RUN of the build stage: with caches, what the machine lends and the named secrets as exported variables.
std::string build_step(const ContainerfileOptions& options, const std::vector<std::string>& caches, std::string_view command) {
  std::vector<std::string> mounts;
  std::string before;
  for (const auto& target : caches) mounts.push_back(fmt::format("--mount=type=cache,id={},target={}", cache_id(options.app, target), target));
  for (const auto& file : options.host_files) mounts.push_back(fmt::format("--mount=type=secret,id={},target={}", file.id, file.target));
  if (!options.host_files.empty()) before += fmt::format(". {} && ", kHostEnvironment);
  for (const auto& name : options.secret_names) {
    mounts.push_back(fmt::format("--mount=type=secret,id={0},target=/run/secrets/{0}", name));
    before += fmt::format("{0}=\"$(cat /run/secrets/{0}; printf .)\" && export {0}=\"${{{0}%.}}\" && ", name);
  }
  return run_instruction(mounts, before + std::string(command));
}

class Emitter {
 public:
  Emitter(const BuildPlan& plan, const BaseReferences& bases, const ContainerfileOptions& options)
      : plan_(plan), bases_(bases), options_(options), layout_(layout_of(plan)) {}

  Result<std::string> text() {
    auto out = comment(fmt::format("{}: {}{}{}. Made by Podwright from its build plan; `podwright generate containerfile` prints it.", plan_.name.empty() ? "app" : plan_.name,
                                   plan_.language, plan_.framework.empty() ? "" : ", ", plan_.framework));
    if (layout_.has_build_stage) out += TRY(build_stage());
    return out + TRY(final_stage());
  }

 private:
  Result<std::string> build_stage() const {
    auto out = fmt::format("\nFROM {} AS build\n", bases_.build) + TRY(workdir(layout_.work));
    auto env = build_environment(plan_);
    for (const auto& [name, value] : plan_.env)
      if (!is_for_running_only(name)) env[name] = value;
    out += TRY(assignments("ENV", env));
    if (plan_.language == "python") out += "RUN python3 -m venv /opt/venv\nENV PATH=\"/opt/venv/bin:$PATH\"\n";
    bool install = !plan_.install_command.empty();
    bool dependencies_first = install && !plan_.manifest_files.empty();
    if (dependencies_first) out += "\n# Dependencies: this layer is made again only when a manifest changes.\n" + TRY(copy_manifests()) + install_steps();
    if (source_skips_build()) return out;
    out += "\n# The source.\n" + TRY(copy_source(""));
    if (install && !dependencies_first) out += install_steps();
    if (!plan_.build_command.empty()) out += build_step(options_, layout_.caches, layout_.kept_outputs.empty() ? plan_.build_command : with_kept_outputs());
    if (!plan_.build_command.empty()) out += prune();
    return out;
  }

  std::string install_steps() const {
    auto out = build_step(options_, layout_.caches, plan_.install_command);
    return plan_.build_command.empty() ? out + prune() : out;
  }

  std::string prune() const {
    auto command = prune_command(plan_);
    return command.empty() ? "" : build_step(options_, layout_.caches, command);
  }

  Result<std::string> copy_manifests() const {
    std::map<std::string, std::vector<std::string>> folders;
    for (const auto& file : plan_.manifest_files) {
      auto inside = layout_.in_app(file);
      if (!inside) continue;  // outside what the build sees
      auto slash = inside->rfind('/');
      folders[slash == std::string::npos ? "" : inside->substr(0, slash + 1)].push_back(file);
    }
    std::string out;
    for (const auto& [folder, files] : folders) out += TRY(copy_instruction("", files, "/app/" + folder));
    return out;
  }

  // Dependencies need a build and the source does not: it goes straight into the image, so that a change of it makes
  // one layer anew, and the dependencies' layer before it stays.
  bool source_skips_build() const {
    return plan_.build_command.empty() && plan_.outputs.empty() && !plan_.install_command.empty() && !plan_.manifest_files.empty() && plan_.runtime != RuntimeKind::static_files;
  }

  Result<std::string> copy_source(std::string_view flags) const {
    return copy_instruction(flags, std::vector<std::string>{layout_.source.empty() ? "." : layout_.source + "/"}, "/app/");
  }

  // What lies under a cache mount is gone when the step ends, so the step itself puts it elsewhere.
  std::string with_kept_outputs() const {
    auto out = "(" + plan_.build_command + "\n)";
    for (const auto& output : layout_.kept_outputs)
      out += fmt::format(" && mkdir -p {1} && cp -a {0} {1}/", shell_quoted(output), shell_quoted("/out/" + folder_of(output)));
    return plan_.build_command.contains('\n') ? out : replace_all(out, "\n)", ")");
  }

  // What never changes stands before the application: every instruction is a layer, and these stay cached.
  Result<std::string> final_stage() const {
    bool files = plan_.runtime == RuntimeKind::static_files;
    auto out = fmt::format("\n# The image that runs: no compiler, no package manager, no root.\nFROM {}\n", bases_.run);
    out += TRY(workdir(files ? "/srv" : layout_.work));
    out += TRY(environment());
    if (files) out += fmt::format("RUN sed 's/@PORT@/{}/' /etc/podwright/{}.conf > /etc/nginx/nginx.conf\n", served_port(plan_), plan_.single_page ? "spa" : "site");
    out += "USER 10001:10001\n";
    if (files || plan_.port > 0) out += fmt::format("EXPOSE {}\n", served_port(plan_));
    if (files) out += "STOPSIGNAL SIGQUIT\n";
    if (!bases_.run.starts_with("localhost/")) out += "ENTRYPOINT []\n";
    out += fmt::format("CMD {}\n", json_array(run_argv(plan_)));
    return out + "\n# The application.\n" + TRY(copy_results()) + TRY(labels());
  }

  Result<std::string> environment() const {
    auto out = TRY(assignments("ENV", run_environment(plan_, layout_)));
    auto path = run_path(plan_, layout_);
    if (path.empty()) return out;
    auto value = fmt::format("PATH=\"{}:$PATH\"\n", path);
    if (out.empty()) return "ENV " + value;
    out.pop_back();
    return out + " \\\n    " + value;
  }

  Result<std::string> copy_results() const {
    if (plan_.runtime == RuntimeKind::static_files) return copy_site();
    if (!layout_.has_build_stage) return copy_source(kOwner);
    std::string out;
    auto from_build = fmt::format("--from=build {}", kOwner);
    for (const auto& folder : run_folders(plan_)) out += TRY(copy_instruction(from_build, std::vector{folder}, folder));
    if (plan_.outputs.empty()) out += TRY(copy_instruction(from_build, std::vector<std::string>{"/app"}, "/app"));
    if (plan_.outputs.empty()) return source_skips_build() ? out + TRY(copy_source(kOwner)) : out;
    for (const auto& output : plan_.outputs) {
      bool kept = std::ranges::find(layout_.kept_outputs, output) != layout_.kept_outputs.end();
      auto place = clean_path(output);
      if (place == ".") return out + TRY(copy_instruction(from_build, std::vector<std::string>{layout_.work}, layout_.work));
      out += TRY(copy_instruction(from_build, std::vector<std::string>{kept ? "/out/" + place : layout_.work + "/" + place}, is_pattern(place) ? layout_.work + "/" + folder_of(place) + "/" : layout_.work + "/" + place, is_pattern(place)));
    }
    return out;
  }

  Result<std::string> copy_site() const {
    auto publish = clean_path(plan_.publish_dir.empty() ? "." : plan_.publish_dir);
    auto below = publish == "." ? std::string() : publish + "/";
    if (layout_.has_build_stage) return copy_instruction(fmt::format("--from=build {}", kOwner), std::vector<std::string>{layout_.work + "/" + below}, "/srv/");
    auto root = layout_.root == "." ? std::string() : layout_.root + "/";
    return copy_instruction(kOwner, std::vector<std::string>{(root + below).empty() ? "." : root + below}, "/srv/");
  }

  Result<std::string> labels() const {
    auto values = options_.labels;
    values["org.opencontainers.image.title"] = plan_.name.empty() ? options_.app : plan_.name;
    if (!options_.app.empty()) values["io.podwright.app"] = options_.app;
    if (!options_.commit.empty()) values["org.opencontainers.image.revision"] = options_.commit;
    if (!options_.source.empty()) values["org.opencontainers.image.source"] = printable(options_.source);
    return assignments("LABEL", values);
  }

  const BuildPlan& plan_;
  const BaseReferences& bases_;
  const ContainerfileOptions& options_;
  Layout layout_;
};

Status check(const BuildPlan& plan, const BaseReferences& bases, const ContainerfileOptions& options) {
  auto is_word = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_./:@").contains(c); });
  };
  for (const auto& reference : {bases.build, bases.run})
    if (reference.starts_with('-') || !is_word(reference)) return fail(ErrorCode::invalid, "'{}' is not an image reference", printable(reference));
  for (const auto& name : options.secret_names)
    if (name.empty() || name.contains('-') || !is_word(name) || name.find_first_of("./:@") != std::string::npos || std::isdigit(static_cast<unsigned char>(name[0])))
      return fail(error(ErrorCode::invalid, "'{}' cannot name a build secret", printable(name)).with_hint("use letters, digits and underscores, as for an environment variable"));
  for (const auto& cache : plan.caches)
    if (!cache.target.starts_with('/') || cache.target.contains("..") || !is_word(cache.target)) return fail(ErrorCode::invalid, "'{}' cannot be a cache folder", printable(cache.target));
  std::vector<std::string> inside = plan.outputs;
  inside.insert(inside.end(), {plan.root, plan.publish_dir});
  inside.insert(inside.end(), plan.manifest_files.begin(), plan.manifest_files.end());
  for (const auto& path : inside)
    if (path.starts_with('/') || clean_path(path).starts_with("../") || clean_path(path) == "..") return fail(ErrorCode::invalid, "the path '{}' leaves the source", printable(path));
  if (plan.runtime != RuntimeKind::static_files && run_argv(plan).back().empty())
    return fail(error(ErrorCode::invalid, "no start command is known for {}", printable(plan.name)).with_hint("set `start_command` in podwright.yaml or add a Procfile"));
  return {};
}

}  // namespace

Result<std::string> containerfile(const BuildPlan& plan, const BaseReferences& bases, const ContainerfileOptions& options) {
  TRY(check(plan, bases, options));
  return Emitter(plan, bases, options).text();
}

}  // namespace podwright::build
