#include "host/remote_host.hh"

#include "base/text.hh"
#include "export/proxy_unit.hh"
#include "host/install.hh"
#include "host/scripts.hh"
#include "route/unit_home.hh"
#include "ship/ship.hh"

namespace podwright::host {

namespace {

using namespace std::chrono_literals;

constexpr Millis kProxyLimit = 60s;  // of systemd's job
constexpr int kWebPort = 80;
constexpr int kUserPort = 8080;

// The proxy listens where browsers look, as far as its user may.
route::Settings proxy_settings(const Connection& connection) {
  auto facts = connection.host().facts.value_or(HostFacts{});
  auto port = facts.is_root() || facts.first_user_port <= kWebPort ? kWebPort : kUserPort;
  return {.installation = connection.installation(), .listen = {{.address = "0.0.0.0", .port = port}}};
}

std::string absolute_proxy_folder(const Server& server, const std::string& installation) {
  auto folder = units::proxy_folder(installation, server.target.rootful);
  return server.target.rootful ? folder : server.facts.home + "/" + folder;
}

}  // namespace

SshHost::SshHost(std::unique_ptr<Connection> connection, ImageSource& images)
    : connection_(std::move(connection)), images_(images), runtime_(*connection_), proxy_(proxy_home(), proxy_settings(*connection_)) {}

Status SshHost::connect() {
  TRY(connection_->server());
  return {};
}

std::string SshHost::address() {
  if (connection_->host().is_local()) return "localhost";
  auto destination = parse_ssh_destination(connection_->host().destination);
  return destination ? destination->host : "";
}

Result<Shipment> SshHost::bring_image(const std::string& id, const std::string& reference, const ShipProgress& progress, std::stop_token stop) {
  auto server = TRY(connection_->server());
  auto shipped = TRY(ship::ship(images_.layout(), id, server->client, reference, progress, stop));
  return Shipment{.bytes_sent = shipped.bytes_sent, .bytes_total = shipped.bytes_total, .took = Millis(shipped.ms)};
}

std::unique_ptr<route::ProxyHome> SshHost::proxy_home() {
  auto in_folder = [this](const std::string& name) -> Result<std::string> {
    auto server = TRY(connection_->server());
    return absolute_proxy_folder(*server, connection_->installation()) + "/" + name;
  };
  auto unit = units::proxy_name(connection_->installation()) + ".service";
  route::UnitReach reach{.place = connection_->host().name};
  reach.put_files = [this, in_folder](const std::vector<route::HomeFile>& files) -> Status {
    std::map<std::string, std::string> contents;
    for (const auto& file : files) contents[file.name] = file.content;
    return connection_->link().put_files(TRY(in_folder(".")), contents);
  };
  reach.read_file = [this, in_folder](const std::string& name) -> Result<std::string> {
    auto read = TRY(connection_->link().run_script({.text = kReadScript, .args = {TRY(in_folder(name))}}));
    if (read.exit_code == 0) return std::move(read.out);
    return fail(read.exit_code == 3 ? ErrorCode::not_found : ErrorCode::failed, "{}: {} cannot be read", connection_->host().name, name);
  };
  reach.socket = [this, in_folder](const std::string& name) -> Result<fs::path> { return fs::path(TRY(connection_->link().forward_socket(TRY(in_folder(name))))); };
  reach.forwarded = !connection_->link().is_local();
  reach.start = [this] { return start_proxy(); };
  reach.stop = [this, unit]() -> Status { return TRY(connection_->server())->systemd.stop(unit, kProxyLimit); };
  reach.last_words = [this, unit]() -> std::string {
    auto said = connection_->link().run_script({.text = kUnitJournalScript, .args = {unit}});
    return said ? said->out : "";
  };
  return std::make_unique<route::UnitHome>(std::move(reach));
}

// The first time its image and its unit are brought. One that stands still is given the newest of both.
Status SshHost::start_proxy() {
  auto server = TRY(connection_->server());
  auto image = TRY(images_.proxy_image({}));
  TRY(bring_image(image, "localhost/podwright-proxy:" + image.substr(0, 12), {}, {}));
  auto units = TRY(units::proxy_units({.installation = connection_->installation(), .image = image}, server->target));
  TRY(install_units(*connection_, *server, units));
  TRY(server->systemd.reset_failed(units.service));
  auto started = server->systemd.start(units.service, kProxyLimit);
  if (!started && started.error().code == ErrorCode::failed) return {};  // whether it answers is looked at next
  return started;
}

}  // namespace podwright::host
