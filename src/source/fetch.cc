#include <system_error>

#include "base/fs.hh"
#include "base/text.hh"
#include "model/name.hh"
#include "source/archive.hh"
#include "source/git_fetch.hh"
#include "source/local_commit.hh"
#include "source/location.hh"
#include "source/source.hh"
#include "source/tree_check.hh"

namespace podwright {

using namespace source;

namespace {

using Progress = std::function<void(std::string_view)>;

std::string stem(const fs::path& archive) {
  auto name = archive.filename();
  while (name.has_extension() && name.has_stem()) {
    auto extension = to_lower(name.extension().native());
    name = name.stem();
    if (extension == ".zip" || extension.starts_with(".t")) break;
  }
  return name.native();
}

Result<Source> from_directory(const SourceRequest& request, std::stop_token stop) {
  std::error_code problem;
  auto dir = fs::canonical(request.location, problem);
  if (problem || !fs::is_directory(dir, problem))
    return fail(error(ErrorCode::not_found, "there is no folder '{}'", printable(request.location))
                    .with_hint("give a folder, an archive file or a git URL"));
  if (dir == "/") return fail(error(ErrorCode::denied, "the root folder of this machine is not a source").with_hint("name the application's folder"));
  auto commit = TRY(local_commit(dir, stop));
  return Source{.dir = dir, .path = {}, .commit = commit, .name = dir.filename().native(), .shown_location = printable(dir.native())};
}

Result<Source> from_archive(const SourceRequest& request, const fs::path& scratch, std::stop_token stop, const Progress& progress) {
  std::error_code problem;
  auto archive = fs::absolute(request.location, problem);
  if (fs::is_directory(archive, problem)) return from_directory(request, stop);
  progress(fmt::format("unpacking {}", printable(archive.native())));
  auto dir = TRY(unpack(archive, scratch / "source", {}, stop));
  fs::remove_all(dir / ".git", problem);  // history is not source, and its hooks are somebody else's
  auto commit = TRY(check_tree(dir, {.whole = true}, stop));
  return Source{.dir = dir, .path = {}, .commit = commit, .name = stem(archive), .shown_location = printable(archive.native())};
}

Result<Source> from_git(const SourceRequest& request, const GitUrl& url, const fs::path& scratch, std::stop_token stop, const Progress& progress) {
  auto dir = scratch / "source";
  GitRequest wanted{.url = url, .ref = request.ref, .allow_private = private_hosts_allowed()};
  auto commit = TRY(fetch_commit(wanted, dir, stop, progress));
  TRY(check_tree(dir, {.whole = true}, stop));
  return Source{.dir = dir, .path = {}, .commit = commit, .name = url.name(), .shown_location = url.address()};
}

// The sub-folder, which must be a folder inside the source also when links lead there.
Status take_path(Source& source, const std::string& path) {
  std::error_code problem;
  auto root = fs::canonical(source.dir, problem);
  auto real = fs::canonical(source.dir / path, problem);
  if (problem || !fs::is_directory(real, problem))
    return fail(error(ErrorCode::not_found, "the source has no folder '{}'", printable(path)).at(source.shown_location));
  if (!(real.native() + "/").starts_with(root.native() + "/")) return fail(ErrorCode::denied, "the folder '{}' leaves the source", printable(path));
  auto relative = real.lexically_relative(root);
  source.path = relative.native();
  if (source.path != ".") source.name += "-" + relative.filename().native();
  return {};
}

}  // namespace

Result<Source> fetch(const SourceRequest& request, const fs::path& scratch, std::stop_token stop, const Progress& progress) {
  auto location = TRY(parse_location(request.location, private_hosts_allowed()));
  if (!request.ref.empty()) TRY(check_git_ref(request.ref));
  if (!request.path.empty()) TRY(check_relative_path(request.path));
  if (!request.ref.empty() && location.kind != SourceKind::git)
    return fail(error(ErrorCode::invalid, "--ref needs a git URL").with_hint("check the branch out in the folder, or give the repository's URL"));
  auto say = [&](std::string_view line) { if (progress) progress(line); };
  auto source = TRY(location.kind == SourceKind::git       ? from_git(request, location.git, scratch, stop, say)
                    : location.kind == SourceKind::archive ? from_archive(request, scratch, stop, say)
                                                           : from_directory(request, stop));
  TRY(take_path(source, request.path.empty() ? "." : request.path));
  source.name = to_app_name(source.name);
  return source;
}

}  // namespace podwright
