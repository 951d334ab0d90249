// podwright package: an app or a source as one file.
#include "package/package.hh"

#include <boost/json.hpp>
#include <memory>

#include "base/ids.hh"
#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/fields.hh"
#include "cli/follow.hh"
#include "cli/local_source.hh"
#include "cli/location.hh"
#include "cli/show.hh"
#include "cli/stop_on_interrupt.hh"
#include "model/name.hh"
#include "podman/environment.hh"
#include "ship/target.hh"

namespace podwright::cli {

namespace {

struct Options {
  std::string what = ".";
  std::string environment, app, file;
  std::optional<int> release;
  bool json = false, quiet = false;
};

// "shop" is an app; "." and "./shop" are folders, and so is what is there as one and has no app's name.
bool names_an_app(const std::string& what) {
  return check_app_name(what).has_value();
}

package::Description described(const std::string& app, int release, Service service) {
  auto tag = release > 0 ? std::to_string(release) : service.image.substr(0, 12);
  return {.app = app,
          .release = release,
          .service = std::move(service),
          .reference = fmt::format("localhost/podwright/{}:{}", app, tag)};
}

Result<package::Description> describe_app(const Client& daemon, const Options& options) {
  auto path = with_query(
      "/v1/apps/" + url_escape(options.what) + "/service",
      {{"environment", options.environment}, {"release", options.release ? std::to_string(*options.release) : ""}});
  auto answer = TRY(daemon.get(path));
  const auto* service = find(answer, "service");
  if (!service || !service->is_object()) return fail(ErrorCode::internal, "the daemon did not say how the app runs");
  auto out = described(text(answer, "app"), static_cast<int>(number(answer, "release")),
                       TRY(service_from_json(service->get_object())));
  out.environment = text(answer, "environment");
  out.source = text(answer, "git_sha");
  return out;
}

// Builds it as `podwright build` does; how it runs is what `deploy` would make of it.
Result<package::Description> describe_source(Session& session, const Client& daemon, podman::Client& local,
                                             const Options& options) {
  auto opened = TRY(open_local(session, {.location = options.what}));
  const auto& plan = opened.analysis.primary();
  auto app = options.app.empty() ? plan.name : options.app;
  TRY(check_app_name(app));
  json::object body{{"location", absolute_location(options.what)}, {"app", app}};
  auto accepted = TRY(daemon.post("/v1/builds", body, {{"Idempotency-Key", new_id()}}));
  auto built = TRY(await_deployment(session, accepted, {.json = options.json, .quiet = options.quiet}));
  auto image = TRY(ship::Target{local}.find(text(built, "image")));
  if (!image) return fail(ErrorCode::failed, "the image that was built is gone");
  auto service = config::make_service(opened.config, plan, app);
  service.image = image->id;
  auto out = described(app, 0, std::move(service));
  out.source = opened.source.commit;
  return out;
}

// On a terminal, a line that is redrawn.
package::OnProgress progress_of(const Session& session, const Options& options) {
  if (!session.terminal.interactive || options.json || options.quiet) return {};
  return [&session, last = 0LL](long long done, long long total) mutable {
    if (done != total && done - last < 16 << 20) return;
    last = done;
    session.terminal.err(fmt::format("\r\x1b[Kwriting {} of {}{}", format_bytes(done), format_bytes(total),
                                     done == total ? "\r\x1b[K" : ""));
  };
}

Result<int> make_package(Session& session, const Options& options) {
  catch_interrupts();
  auto daemon = TRY(session.daemon());
  auto environment = TRY(podman::prepare(session.paths().dir));
  podman::Client local(environment.socket_path);
  auto description = TRY(names_an_app(options.what) ? describe_app(daemon, options)
                                                    : describe_source(session, daemon, local, options));
  auto file = options.file.empty() ? description.app + ".podwright" : options.file;
  StopOnInterrupt interrupted;
  ship::Layout layout(session.paths().dir / "ship", podman::Client(environment.socket_path));
  auto written = TRY(package::write(layout, description, file, progress_of(session, options), interrupted.token()));
  if (options.json) {
    session.print_json(json::object{{"file", file},
                                    {"app", description.app},
                                    {"release", description.release},
                                    {"bytes", written.bytes},
                                    {"manifest", "sha256:" + written.manifest}});
    return 0;
  }
  session.print(
      fmt::format("{}  {}, manifest sha256:{}\n", printable(file), format_bytes(written.bytes), written.manifest));
  for (const auto& key : description.service.secret_env)
    session.note(session.terminal.yellow("note:") + " the value of " + key +
                 " stays here; it is asked for where the package is installed");
  return 0;
}

}  // namespace

Command package_command() {
  auto options = std::make_shared<Options>();
  return {.name = "package",
          .summary = "Write an app with its image into one file, for machines without a network",
          .examples = {"podwright package shop", "podwright package shop --release 7 -o shop-7.podwright",
                       "podwright package ./shop -o shop.podwright"},
          .parameters = {{.names = "APP|PATH",
                          .help = "Name of an app, or a source with a '/' or '.' in it [.]",
                          .target = &options->what,
                          .completes = Completes::apps},
                         {.names = "-o,--output",
                          .value = "FILE",
                          .help = "File to write [APP.podwright]",
                          .target = &options->file,
                          .completes = Completes::files},
                         {.names = "--env",
                          .value = "NAME",
                          .help = "Environment of the app [production]",
                          .target = &options->environment},
                         {.names = "--release",
                          .value = "N",
                          .help = "Release of the app [the active one]",
                          .target = &options->release},
                         {.names = "--app",
                          .value = "NAME",
                          .help = "Name for a source's app [of the source]",
                          .target = &options->app},
                         {.names = "--json", .help = "As one JSON object", .target = &options->json},
                         {.names = "-q,--quiet",
                          .help = "Without the build log, unless it fails",
                          .target = &options->quiet}},
          .run = [options](Session& session) { return make_package(session, *options); }};
}

}  // namespace podwright::cli
