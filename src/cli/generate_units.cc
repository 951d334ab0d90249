// podwright generate quadlet and generate systemd: in this process, no daemon needed
#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "base/text.hh"
#include "cli/commands.hh"
#include "cli/local_source.hh"
#include "cli/show.hh"
#include "config/config.hh"
#include "export/service_units.hh"
#include "model/name.hh"

namespace podwright::cli {

namespace {

namespace json = boost::json;

struct Options {
  LocalOptions source;
  std::string app, image, podman_version, folder;
  std::optional<int> publish;
  std::vector<std::string> secrets, without;
  bool rootful = false, json = false;
};

// "KEY=NAME": the variable KEY is the Podman secret NAME.
Result<std::map<std::string, std::string>> secrets_of(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> out;
  for (const auto& pair : pairs) {
    auto equals = pair.find('=');
    if (equals == pair.npos) return fail(ErrorCode::invalid, "--secret takes KEY=NAME, not '{}'", printable(pair));
    TRY(check_env_key(pair.substr(0, equals)));
    out[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return out;
}

// The application's own port, out of the range that only root may listen on.
Result<int> host_port(const Options& options, const Service& service) {
  if (service.port == 0 || options.publish == 0) return 0;
  auto first = options.publish.value_or(service.port < 1024 ? service.port + 8000 : service.port);
  for (int replica = 0; replica < service.replicas; ++replica) TRY(check_port(first + replica));
  return first;
}

Result<units::UnitTarget> target_of(const Options& options) {
  auto has = [&](std::string_view what) { return std::ranges::find(options.without, what) == options.without.end(); };
  return units::UnitTarget{.podman = TRY(units::parse_podman_version(options.podman_version)),
                           .rootful = options.rootful,
                           .memory_controller = has("memory"),
                           .cpu_controller = has("cpu"),
                           .pids_controller = has("pids"),
                           .swap_limit = has("swap"),
                           .init = has("init")};
}

// What deploy does beside the container, and units do not.
std::vector<Loss> losses_beside(const Service& service, const BuildPlan& plan, const config::AppConfig& config) {
  auto out = config.losses;
  auto lose = [&](std::string field, std::string reason) {
    out.push_back({.field = std::move(field),
                   .origin = config.file.empty() ? plan.name : config.file,
                   .reason = std::move(reason)});
  };
  if (!service.domains.empty()) lose("domains", "a unit has no proxy: route them to the published port yourself");
  if (service.health.kind != ProbeKind::exec && service.port != 0 && service.health.path_is_explicit)
    lose("health", "it is probed from outside by podwright; a unit starts without waiting for it");
  if (!plan.release_command.empty()) lose("release", "it is not run by a unit: run it before a new version is started");
  return out;
}

Result<units::ServiceUnits> generate(const Options& options, const LocalSource& opened, units::Emitter emit) {
  const auto& plan = opened.analysis.primary();
  auto app = options.app.empty() ? plan.name : options.app;
  TRY(check_app_name(app));
  auto service = config::make_service(opened.config, plan, app);
  service.image = options.image.empty() ? fmt::format("localhost/{}:latest", app) : options.image;
  units::ServiceSpec spec{.app = app,
                          .service = service,
                          .host_port = TRY(host_port(options, service)),
                          .secret_env = TRY(secrets_of(options.secrets))};
  auto out = TRY(units::service_units(spec, TRY(target_of(options)), emit));
  auto beside = losses_beside(service, plan, opened.config);
  out.losses.insert(out.losses.begin(), beside.begin(), beside.end());
  return out;
}

// Never over a file that is somebody else's.
Status write_units(const fs::path& folder, const std::vector<units::UnitFile>& files) {
  constexpr size_t most = 4 << 20;
  TRY(make_directories(folder, 0755));
  for (const auto& file : files) {
    auto path = folder / file.name;
    auto present = read_file(path, most);
    bool is_foreign = present ? !units::read_header(*present) : present.error().code != ErrorCode::not_found;
    if (is_foreign)
      return fail(error(ErrorCode::conflict, "the file is there and was not made by podwright")
                      .at(printable(path.native()))
                      .with_hint("remove it, or choose another folder with --output"));
  }
  for (const auto& file : files) TRY(write_file(folder / file.name, file.content, 0600));
  return {};
}

std::string shown_folder(const units::UnitFile& file, bool rootful) {
  return (rootful ? "" : "~/") + units::file_folder(file.name, rootful);
}

std::string paths_in(const fs::path& folder, const units::ServiceUnits& generated) {
  std::string out;
  for (const auto& file : generated.files) out += (folder / file.name).native() + "\n";
  return out;
}

std::string text_of(const units::ServiceUnits& generated, bool rootful) {
  std::string out;
  for (const auto& file : generated.files)
    out += fmt::format("{}# {}/{}\n{}", out.empty() ? "" : "\n", shown_folder(file, rootful), file.name, file.content);
  return out;
}

json::object to_json(const units::ServiceUnits& generated, bool rootful) {
  json::array files, losses;
  for (const auto& file : generated.files)
    files.push_back(json::object{
        {"name", file.name}, {"folder", units::file_folder(file.name, rootful)}, {"content", file.content}});
  for (const auto& loss : generated.losses)
    losses.push_back(json::object{{"field", loss.field}, {"origin", loss.origin}, {"reason", loss.reason}});
  return {{"files", std::move(files)},
          {"services", json::array(generated.services.begin(), generated.services.end())},
          {"losses", std::move(losses)}};
}

Result<int> generate_units(Session& session, const Options& options, units::Emitter emit) {
  auto opened = TRY(open_local(session, options.source));
  auto generated = TRY(generate(options, opened, emit));
  if (!options.folder.empty()) TRY(write_units(options.folder, generated.files));
  if (options.json) {
    session.print_json(to_json(generated, options.rootful));
    return 0;
  }
  session.print(options.folder.empty() ? text_of(generated, options.rootful) : paths_in(options.folder, generated));
  for (const auto& loss : generated.losses) {
    auto text = fmt::format("{}: {}: {}", loss.origin, loss.field, loss.reason);
    session.note(session.terminal.yellow("warning:") + " " + inert_line(text, false));
  }
  return 0;
}

std::vector<Parameter> unit_parameters(Options& options) {
  auto parameters = local_parameters(options.source);
  const std::vector<Parameter> own{
      {.names = "--app", .value = "NAME", .help = "Name of the app [of the source]", .target = &options.app},
      {.names = "--image",
       .value = "REF",
       .help = "Image to run, which must be there already [localhost/APP:latest]",
       .target = &options.image},
      {.names = "--publish",
       .value = "PORT",
       .help = "Port on 127.0.0.1, and those after it for replicas; 0 publishes none [the app's, plus 8000 below 1024]",
       .target = &options.publish},
      {.names = "--secret",
       .value = "KEY=NAME",
       .help = "The variable KEY is the Podman secret NAME; may be repeated",
       .target = &options.secrets},
      {.names = "--podman-version",
       .value = "V",
       .help = fmt::format("Podman that will read them [{}]", options.podman_version),
       .target = &options.podman_version},
      {.names = "--rootful", .help = "For the system's manager instead of a user's", .target = &options.rootful},
      {.names = "--without",
       .value = "WHAT",
       .help = "What the host lacks: the controllers memory, cpu, pids, the limit of swap, or init (catatonit); may be "
               "repeated",
       .target = &options.without,
       .choices = {"memory", "cpu", "pids", "swap", "init"}},
      {.names = "-o,--output",
       .value = "DIR",
       .help = "Write the files there instead of printing them",
       .target = &options.folder,
       .completes = Completes::files},
      {.names = "--json", .help = "As one JSON object", .target = &options.json}};
  parameters.insert(parameters.end(), own.begin(), own.end());
  return parameters;
}

Command units_command(std::string name, std::string summary, std::string podman_version, units::Emitter emit,
                      std::vector<std::string> examples) {
  auto options = std::make_shared<Options>();
  options->podman_version = std::move(podman_version);
  return {.name = std::move(name),
          .summary = std::move(summary),
          .examples = std::move(examples),
          .parameters = unit_parameters(*options),
          .run = [options, emit](Session& session) { return generate_units(session, *options, emit); }};
}

}  // namespace

Command generate_quadlet_command() {
  return units_command(
      "quadlet", "Print Quadlet files that run it under systemd, with Podman from 4.4", "5.4", units::quadlet_units,
      {"podwright generate quadlet", "podwright generate quadlet ./shop --publish 8080 -o ~/.config/containers/systemd",
       "podwright generate quadlet --podman-version 4.9 --rootful --secret DATABASE_URL=shop-database"});
}

Command generate_systemd_command() {
  return units_command(
      "systemd", "Print plain systemd units that run it, with Podman from 4.3", "4.3", units::systemd_units,
      {"podwright generate systemd", "podwright generate systemd ./shop --rootful -o /etc/systemd/system"});
}

}  // namespace podwright::cli
