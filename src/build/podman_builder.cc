#include "build/podman_builder.hh"

#include <openssl/sha.h>

#include "base/fs.hh"
#include "base/ids.hh"
#include "base/log.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "build/controllers.hh"
#include "build/host_access.hh"
#include "build/ignore_file.hh"
#include "build/layout.hh"
#include "build/registry_bases.hh"
#include "model/name.hh"

namespace podwright::build {

namespace {

std::string text_of(const fs::path& path) { return read_file(path, 1 << 20).value_or(""); }

std::string tag_of(const BuildRequest& request, std::string_view tag) { return fmt::format("localhost/podwright/{}:{}", request.app, tag); }

// A tag is at most 128 of these characters; a commit is one already, with "-dirty" or "tree-" around it.
std::string commit_tag(std::string_view commit) {
  std::string tag;
  for (char c : commit.substr(0, 80)) tag += std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' ? c : '-';
  return tag.empty() || tag[0] == '-' || tag[0] == '.' ? "c" + tag : tag;
}

Status check_request(const BuildRequest& request) {
  TRY(check_app_name(request.app));
  for (const auto& [name, value] : request.secrets) TRY(check_env_key(name));
  std::error_code ignored;
  if (!fs::is_directory(request.source_dir, ignored)) return fail(ErrorCode::not_found, "the source folder {} does not exist", printable(request.source_dir.native()));
  return {};
}

bool lies_in(const fs::path& path, const fs::path& folder) { return path == folder || path.native().starts_with(folder.native() + "/"); }

// A Dockerfile of the repository's own sees its folder, as `docker build FOLDER` would; ours names paths from the source.
fs::path context_of(const BuildRequest& request) {
  bool own = request.plan.runtime == RuntimeKind::containerfile && !request.plan.build_from_source_root;
  return own ? request.source_dir / clean_path(request.plan.root.empty() ? "." : request.plan.root) : request.source_dir;
}

// Removes a scratch folder at the end of a scope; symlinks in it are not followed.
struct Scratch {
  fs::path path;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

std::string sha256_hex(std::string_view text) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
  std::string out;
  for (auto byte : hash) out += fmt::format("{:02x}", byte);
  return out;
}

std::vector<BuildFile> files_of(const std::vector<LentFile>& lent) {
  std::vector<BuildFile> files;
  for (const auto& one : lent)
    if (!one.content.empty()) files.push_back(one.file);
  return files;
}

std::vector<std::string> limit_arguments(const BuildRequest& request) {
  auto controllers = build_controllers();
  std::vector<std::string> arguments;
  if (controllers.memory && request.memory_bytes > 0) arguments.push_back(fmt::format("--memory={}", request.memory_bytes));
  if (controllers.cpu) arguments.emplace_back("--cpu-shares=512");  // half of a running application's when both want the processor
  return arguments;
}

}  // namespace

PodmanBuilder::PodmanBuilder(PodmanSettings settings) : settings_(settings), bases_(settings) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(settings_.cache_dir / "builds", ignored)) {
    log::info("removing what the unfinished build {} left", entry.path().filename().native());
    sweep_build(settings_, entry.path().filename(), entry.path());
    fs::remove_all(entry.path(), ignored);
  }
}

Result<std::string> PodmanBuilder::reference(const BaseChoice& choice, const LineSink& on_line, std::stop_token stop) {
  if (choice.provider == BaseProvider::registry) return pull_pinned(settings_, choice.request, on_line, stop);
  return bases_.ensure(choice.request, on_line, stop);
}

Result<BaseReferences> PodmanBuilder::references(const BuildPlan& plan, const LineSink& on_line, std::stop_token stop) {
  auto chosen = TRY(choose_bases(plan));
  BaseReferences references;
  if (layout_of(plan).has_build_stage) references.build = TRY(reference(chosen.build, on_line, stop));
  references.run = TRY(reference(chosen.run, on_line, stop));
  return references;
}

Status PodmanBuilder::prepare_bases(const BuildPlan& plan, const BuildLog& log, std::stop_token stop) {
  if (plan.runtime == RuntimeKind::containerfile) return {};
  TRY(references(plan, [&](std::string_view line) { log(std::string(line) + "\n"); }, stop));
  return {};
}

Status PodmanBuilder::update_bases(const BuildLog& log, std::stop_token stop) {
  TRY(bases_.update([&](std::string_view line) { log(std::string(line) + "\n"); }, stop));
  return {};
}

Result<BuiltImage> PodmanBuilder::build(const BuildRequest& request, const BuildLog& log, std::stop_token stop) {
  TRY(check_request(request));
  auto id = "build-" + new_id();
  Scratch scratch{TRY(make_scratch(settings_, id, request.app))};
  LineSink on_line = [&](std::string_view line) { log(std::string(line) + "\n"); };
  auto built = build_in(scratch.path, id, request, on_line, stop);
  if (built || request.plan.runtime == RuntimeKind::containerfile || !built.error().message.contains("image not known")) return built;
  bases_.forget();  // somebody removed a base image
  return build_in(scratch.path, id, request, on_line, stop);
}

Result<fs::path> PodmanBuilder::own_containerfile(const BuildRequest& request, const LineSink& on_line, std::stop_token stop) {
  auto relative = fs::path(request.plan.root.empty() ? "." : request.plan.root) / request.plan.containerfile;
  TRY(check_relative_path(clean_path(relative.native())));
  std::error_code problem;
  auto path = fs::canonical(request.source_dir / relative, problem);
  auto root = fs::canonical(request.source_dir, problem);
  if (problem) return fail(ErrorCode::not_found, "there is no {} in the source", printable(relative.native()));
  if (!lies_in(path, root)) return fail(ErrorCode::denied, "{} is a link that leaves the source", printable(relative.native()));
  auto text = TRY(read_file(path, 1 << 20));
  TRY(check_containerfile(text, clean_path(relative.native())));
  TRY(check_containerfile(text, path.filename().native()));  // the name behind a link
  for (const auto& source : bound_sources(text))
    if (auto bound = fs::weakly_canonical(context_of(request) / source, problem); problem || !lies_in(bound, root))
      return fail(error(ErrorCode::denied, "the mount's source '{}' leaves the source", printable(source)).at(clean_path(relative.native())));
  for (const auto& variant : named_bases(text)) {
    auto base = TRY(bases_.ensure({.variant = variant}, on_line, stop));
    TRY(run_ok({.argv = {"podman", "tag", base, base.substr(0, base.rfind(':')) + ":13"}, .env = podman_environment(settings_)}, stop));
  }
  return path;
}

Result<BuiltImage> PodmanBuilder::build_in(const fs::path& scratch, const std::string& id, const BuildRequest& request, const LineSink& on_line, std::stop_token stop) {
  const auto& plan = request.plan;
  bool own = plan.runtime == RuntimeKind::containerfile;
  auto lent = own ? std::vector<LentFile>{} : host_lent_files(Apt::without);
  auto reference = tag_of(request, commit_tag(request.commit));
  auto context = context_of(request);

  BuildCall call{.id = id, .scratch = scratch, .arguments = {"--format=oci", "--layers", "--force-rm", "--tag", reference, "--tag", tag_of(request, "latest")}, .limit = request.limit};
  auto& arguments = call.arguments;
  for (auto& argument : limit_arguments(request)) arguments.push_back(std::move(argument));
  arguments.push_back("--iidfile=" + (scratch / "id").native());
  std::vector<LentFile> secrets;
  for (const auto& one : lent)
    if (!one.content.empty()) secrets.push_back(one);
  for (const auto& [name, value] : request.secrets) secrets.push_back({{name, ""}, value});
  for (auto& argument : TRY(secret_arguments(scratch / "secrets", secrets))) arguments.push_back(std::move(argument));

  fs::path file;
  if (own) {
    file = TRY(own_containerfile(request, on_line, stop));
    arguments.emplace_back("--pull=missing");
    for (const auto& [name, value] : request.labels) arguments.push_back(fmt::format("--label={}={}", name, value));
  } else {
    ContainerfileOptions options{.app = request.app, .commit = request.commit, .source = request.shown_source, .labels = request.labels, .host_files = files_of(lent)};
    for (const auto& [name, value] : request.secrets) options.secret_names.push_back(name);
    file = scratch / "Containerfile";
    TRY(write_file(file, TRY(containerfile(plan, TRY(references(plan, on_line, stop)), options))));
    TRY(write_file(scratch / "ignore", ignore_patterns(text_of(context / ".dockerignore"), text_of(context / ".gitignore"))));
    arguments.emplace_back("--pull=never");
    arguments.push_back("--ignorefile=" + (scratch / "ignore").native());
  }
  arguments.insert(arguments.end(), {"--file", file.native(), context.native()});
  TRY(run_build(settings_, call, on_line, stop));

  auto image = TRY(read_file(scratch / "id", 4096));
  auto hex = trim(image);
  if (hex.starts_with("sha256:")) hex.remove_prefix(7);
  return BuiltImage{.id = std::string(hex), .digest = TRY(digest(std::string(hex))), .reference = reference};
}

// The digest is the hash of the manifest, which lies in Podman's storage; asking `podman inspect` costs 50 ms more.
Result<std::string> PodmanBuilder::digest(const std::string& image_id) {
  auto root = graph_root_.with([](auto& known) { return known; });
  if (root.empty()) {
    root = run_ok({.argv = {"podman", "info", "--format", "{{.Store.GraphRoot}}"}, .env = podman_environment(settings_)}).value_or("");
    root = std::string(trim(root));
    graph_root_.with([&](auto& known) { known = root; });
  }
  if (auto manifest = read_file(fs::path(root) / "overlay-images" / image_id / "manifest", 4 << 20)) return "sha256:" + sha256_hex(*manifest);
  auto inspected = TRY(run_ok({.argv = {"podman", "image", "inspect", "--format", "{{.Digest}}", image_id}, .env = podman_environment(settings_)}));
  return std::string(trim(inspected));
}

}  // namespace podwright::build
