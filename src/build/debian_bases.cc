#include "build/debian_bases.hh"

#include <boost/json.hpp>
#include <algorithm>
#include <sys/mount.h>

#include "base/file_lock.hh"
#include "base/fs.hh"
#include "base/ids.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "build/apt_host.hh"
#include "build/host_access.hh"
#include "build/log_lines.hh"
#include "build/npm_registry.hh"

namespace podwright::build {

namespace json = boost::json;

namespace {

constexpr Millis kRootLimit = std::chrono::minutes(10);
constexpr Millis kLayerLimit = std::chrono::minutes(20);

// Documentation and translations stay out of every image, also of what is installed later; licences stay in.
std::vector<std::string> mmdebstrap_argv(const Recipe& recipe, const AptSources& sources, const fs::path& target) {
  std::vector<std::string> argv{"mmdebstrap", "--variant=minbase", "--format=tar", "--skip=check/empty", "--include=" + join(recipe.packages, ",")};
  for (auto path : {"path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright", "path-exclude=/usr/share/locale/*", "path-exclude=/usr/share/man/*",
                    "path-exclude=/usr/share/info/*", "path-exclude=/usr/share/lintian/*"})
    argv.push_back(fmt::format("--dpkgopt={}", path));
  for (const auto& option : host_apt_options()) argv.push_back("--aptopt=" + option);
  // The machine's proxies and date checks are lent to builds, not baked into images; JDK packages need man1 to exist;
  // some programs want their user id to have a name.
  argv.push_back("--customize-hook=rm -f \"$1/etc/apt/apt.conf.d/99mmdebstrap\"; mkdir -p \"$1/usr/share/man/man1\"; echo app:x:10001:10001:app:/tmp:/usr/sbin/nologin >> \"$1/etc/passwd\"; echo app:x:10001: >> \"$1/etc/group\"");
  if (!sources.keyring.empty()) argv.push_back("--keyring=" + sources.keyring);
  argv.emplace_back(kSuite);
  argv.push_back(target.native());
  for (const auto& line : source_lines(sources, kSuite)) argv.push_back(line);
  return argv;
}

Error without_mirror(const AptSources& sources, std::string_view said) {
  return error(ErrorCode::unavailable, "the base file system could not be made from {}: {}", sources.mirror, said)
      .with_hint("base images are composed from Debian packages: check that this mirror answers (apt-get update uses the same)");
}

std::string one_line(std::string_view text) { return printable(trim(text)); }

BaseImage base_image(const json::object& image) {
  BaseImage out;
  auto text = [](const json::value* value) { return value && value->is_string() ? std::string(value->get_string()) : std::string(); };
  out.id = text(image.if_contains("Id"));
  out.created = text(image.if_contains("CreatedAt"));
  if (auto* size = image.if_contains("Size"); size && size->is_int64()) out.bytes = size->get_int64();
  auto* labels = image.if_contains("Labels");
  auto hash = labels && labels->is_object() ? text(labels->get_object().if_contains(kBaseLabel)) : std::string();
  if (auto* names = image.if_contains("Names"); names && names->is_array())
    for (const auto& name : names->get_array())
      if (name.is_string() && name.get_string().starts_with("localhost/podwright/base/") && name.get_string().ends_with(hash)) out.reference = name.get_string();
  if (labels && labels->is_object()) out.request = text(labels->get_object().if_contains(kBaseRequestLabel));
  return out;
}

}  // namespace

bool DebianBases::exists(const std::string& reference) const {
  auto found = run({.argv = {"podman", "image", "exists", reference}, .env = podman_environment(settings_)});
  return found && found->exit_code == 0;
}

void DebianBases::forget() {
  known_.with([](auto& known) { known.clear(); });
}

Result<std::string> DebianBases::ensure(const BaseRequest& request, const LineSink& on_line, std::stop_token stop) {
  auto chain = TRY(recipe_chain(request));
  const auto& reference = chain.back().reference;
  if (known_.with([&](auto& known) { return known.contains(reference); })) return reference;
  if (!exists(reference)) {
    TRY(make_directories(settings_.cache_dir));
    auto lock = TRY(lock_file(settings_.cache_dir / "bases.lock", kLayerLimit, stop, [&] { on_line("waiting for another build that prepares base images"); }));
    for (const auto& recipe : chain)
      if (!exists(recipe.reference)) TRY(make(recipe, false, on_line, stop));
  }
  known_.with([&](auto& known) { known.insert(reference); });
  return reference;
}

Status DebianBases::make(const Recipe& recipe, bool fresh, const LineSink& on_line, std::stop_token stop) {
  Stopwatch watch;
  on_line(fmt::format("preparing the base image {} ({})", to_text(recipe.request), recipe.containerfile.empty() ? fmt::format("Debian {}", kSuite) : "one layer"));
  auto id = "base-" + new_id();
  auto scratch = TRY(make_scratch(settings_, id, "base"));
  auto made = recipe.parent ? make_layer(recipe, fresh, id, scratch, on_line, stop) : make_root(recipe, scratch, on_line, stop);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  if (!made) return std::unexpected(std::move(made.error()).during(fmt::format("preparing the base image {}", to_text(recipe.request))));
  on_line(fmt::format("the base image {} is ready after {:.1f} s", to_text(recipe.request), static_cast<double>(watch.elapsed().count()) / 1000));
  return {};
}

Status DebianBases::make_root(const Recipe& recipe, const fs::path& scratch, const LineSink& on_line, std::stop_token stop) {
  auto sources = host_apt_sources();
  auto tar = scratch / "root.tar";
  LogLines lines([&](std::string_view line) { on_line(line); });
  Command command{.argv = mmdebstrap_argv(recipe, sources, tar),
                  .env = {{"TMPDIR", (scratch / "tmp").native()}, {"SOURCE_DATE_EPOCH", "1754697600"}, {"DEBIAN_FRONTEND", "noninteractive"}},
                  .limit = kRootLimit, .max_output = 0, .merge_stderr = true};
  auto finished = run(command, stop, [&](std::string_view chunk) { lines.add(chunk); });
  lines.finish();
  unmount_below(scratch);
  if (!finished) return std::unexpected(finished.error());
  if (finished->exit_code != 0) return fail(without_mirror(sources, one_line(lines.tail())));
  auto imported = TRY(run({.argv = {"podman", "import", "--quiet", "--change", fmt::format("LABEL {}={}", kBaseLabel, recipe.reference.substr(recipe.reference.rfind('-') + 1)),
                                    "--change", fmt::format("LABEL {}={}", kBaseRequestLabel, to_text(recipe.request)), tar.native(), recipe.reference},
                           .env = podman_environment(settings_), .limit = std::chrono::minutes(5)}, stop));
  if (imported.exit_code != 0) return fail(ErrorCode::failed, "podman could not import the base file system: {}", one_line(imported.err));
  return {};
}

Status DebianBases::make_layer(const Recipe& recipe, bool fresh, const std::string& id, const fs::path& scratch, const LineSink& on_line, std::stop_token stop) {
  TRY(make_directories(scratch / "context"));
  TRY(write_file(scratch / "Containerfile", recipe.containerfile));
  BuildCall call{.id = id, .scratch = scratch, .arguments = {"--pull=never", "--format=oci", "--tag", recipe.reference, "--file", (scratch / "Containerfile").native()}, .limit = kLayerLimit};
  if (fresh) call.arguments.emplace_back("--no-cache");
  for (auto& argument : TRY(secret_arguments(scratch / "secrets", host_lent_files(Apt::with)))) call.arguments.push_back(std::move(argument));
  for (const auto& download : downloads_of(recipe)) {
    auto tarball = TRY(find_tarball(download.package, download.version, stop));
    on_line(fmt::format("{} {} from {}", download.package, tarball.version, printable(tarball.url)));
    call.arguments.push_back(fmt::format("--build-arg={}_URL={}", download.name, tarball.url));
    call.arguments.push_back(fmt::format("--build-arg={}_SHA512={}", download.name, tarball.sha512));
  }
  call.arguments.push_back((scratch / "context").native());
  return run_build(settings_, call, on_line, stop);
}

Result<std::vector<BaseImage>> DebianBases::list() const {
  auto out = TRY(run_ok({.argv = {"podman", "images", "--all", "--filter", fmt::format("label={}", kBaseLabel), "--format", "json"}, .env = podman_environment(settings_), .max_output = 32 << 20}));
  boost::system::error_code problem;
  auto parsed = json::parse(out, problem);
  if (problem || !parsed.is_array()) return fail(ErrorCode::failed, "podman images answered something else than a list");
  std::vector<BaseImage> images;
  for (const auto& image : parsed.get_array())
    if (auto found = image.is_object() ? base_image(image.get_object()) : BaseImage{}; !found.reference.empty()) images.push_back(std::move(found));
  std::ranges::sort(images, [](const auto& a, const auto& b) { return std::pair(a.request != "root", a.request) < std::pair(b.request != "root", b.request); });
  return images;
}

Result<std::vector<std::string>> DebianBases::update(const LineSink& on_line, std::stop_token stop) {
  TRY(make_directories(settings_.cache_dir));
  auto lock = TRY(lock_file(settings_.cache_dir / "bases.lock", kLayerLimit, stop, [&] { on_line("waiting for another build that prepares base images"); }));
  std::vector<Recipe> wanted;
  for (const auto& image : TRY(list()))
    for (auto& recipe : TRY(recipe_chain(request_from_text(image.request))))
      if (std::ranges::find(wanted, recipe.reference, &Recipe::reference) == wanted.end()) wanted.push_back(std::move(recipe));
  std::vector<std::string> made;
  for (const auto& recipe : wanted) {
    TRY(make(recipe, true, on_line, stop));
    made.push_back(recipe.reference);
  }
  return made;
}

}  // namespace podwright::build
