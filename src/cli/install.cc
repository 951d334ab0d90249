// podwright install: a package on this machine, with no network and no daemon.
#include <boost/json.hpp>
#include <memory>

#include "base/log.hh"
#include "base/state_dir.hh"
#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/env_values.hh"
#include "cli/fields.hh"
#include "cli/session.hh"
#include "cli/show.hh"
#include "cli/stop_on_interrupt.hh"
#include "host/connection.hh"
#include "host/runtime.hh"
#include "orchestrate/install_package.hh"
#include "package/package.hh"

namespace podwright::cli {

namespace {

// Labels what is installed without a daemon: one set for each Unix user.
constexpr std::string_view kInstallation = "packages";

struct Options {
  std::string file;
  std::vector<std::string> env;
  bool dry_run = false, json = false;
};

std::string described(const Terminal& terminal, const package::Package& package) {
  const auto& what = package.description;
  std::string out = fmt::format("{}  release {}, made by podwright {} at {}\n", terminal.bold(what.app), what.release,
                                printable(what.made_by), printable(what.created_at));
  out += fmt::format("  manifest  sha256:{}\n  image     {}\n", package.manifest, what.image_digest);
  if (!what.source.empty()) out += "  source    " + printable(what.source) + "\n";
  for (const auto& key : what.service.secret_env) out += "  needs     a value for " + key + "\n";
  const auto& may = what.service.privileges;
  if (may.run_as_root) out += "  may       run as root in its container\n";
  if (may.new_privileges) out += "  may       gain privileges in its container\n";
  for (const auto& capability : may.capabilities) out += "  may       use the capability " + capability + "\n";
  return out;
}

json::object to_json(const orchestrate::Installed& installed, const package::Package& package) {
  json::array instances;
  for (const auto& instance : installed.instances)
    instances.push_back(json::object{{"name", instance.name}, {"port", instance.host_port}});
  return {{"app", package.description.app},
          {"release", installed.release},
          {"image", package.description.image_digest},
          {"manifest", "sha256:" + package.manifest},
          {"instances", std::move(instances)},
          {"replaced", json::array(installed.replaced.begin(), installed.replaced.end())}};
}

Result<std::unique_ptr<host::Connection>> this_machine(const Session& session) {
  auto folder = TRY(runtime_folder(session.paths().dir, "install"));
  const std::string name(kLocalHost);
  auto link = TRY(remote::Link::make({.name = name, .destination = name, .folder = folder}));
  return std::make_unique<host::Connection>(Host{.name = name, .destination = name}, std::string(kInstallation),
                                            std::move(link));
}

Result<orchestrate::Installed> install_here(const Session& session, const package::Package& package,
                                            const Service& service, const Options& options, std::stop_token stop) {
  auto step = [&](const std::string& line) {
    if (!options.json) session.note(session.terminal.dim("· " + line));
  };
  auto connection = TRY(this_machine(session));
  auto server = TRY(connection->server());
  step("load the image");
  TRY(package::load(package, server->client, {}, stop));
  host::HostRuntime runtime(*connection);
  const auto& what = package.description;
  return orchestrate::install_package(runtime,
                                      {.installation = connection->installation(),
                                       .key = {what.app, what.environment},
                                       .manifest = package.manifest,
                                       .service = service},
                                      step, stop);
}

Result<int> install(Session& session, const Options& options) {
  log::to_stderr();  // standard output is for the answer
  catch_interrupts();
  StopOnInterrupt interrupted;
  auto package = TRY(package::verify(options.file, {}, interrupted.token()));
  if (!options.json) session.print(described(session.terminal, package));
  if (options.dry_run) return 0;
  auto service = TRY(orchestrate::service_to_install(package.description, TRY(env_values(options.env))));
  auto installed = TRY(install_here(session, package, service, options, interrupted.token()));
  if (options.json) {
    session.print_json(to_json(installed, package));
    return 0;
  }
  for (const auto& instance : installed.instances)
    session.print(instance.host_port == 0
                      ? fmt::format("{} runs\n", instance.name)
                      : fmt::format("{} answers on http://127.0.0.1:{}/\n", instance.name, instance.host_port));
  return 0;
}

}  // namespace

Command install_command() {
  auto options = std::make_shared<Options>();
  return {.name = "install",
          .summary = "Install a package on this machine under systemd, without a network or a daemon",
          .examples = {"podwright install shop.podwright --dry-run",
                       "podwright install shop.podwright --set-env DATABASE_URL"},
          .parameters = {{.names = "FILE",
                          .help = "Package that `podwright package` wrote",
                          .target = &options->file,
                          .required = true,
                          .completes = Completes::files},
                         {.names = "--set-env",
                          .value = "K=V",
                          .help = "A value that the package does not carry; K alone takes it from here; repeatable",
                          .target = &options->env},
                         {.names = "--dry-run",
                          .help = "Check the package and say what it is",
                          .target = &options->dry_run},
                         {.names = "--json", .help = "As one JSON object", .target = &options->json}},
          .run = [options](Session& session) { return install(session, *options); }};
}

}  // namespace podwright::cli
