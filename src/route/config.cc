#include "route/config.hh"

#include <algorithm>

#include "base/text.hh"

namespace podwright::route {

namespace {

Status check_settings(const Settings& settings) {
  auto is_mark = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (settings.installation.empty() || !std::ranges::all_of(settings.installation, is_mark))
    return fail(ErrorCode::invalid, "the installation id '{}' is not lower-case letters and digits",
                printable(settings.installation));
  if (settings.listen.empty()) return fail(ErrorCode::invalid, "the proxy has no address to listen on");
  for (const auto& bind : settings.listen) {
    auto is_address = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || std::string_view(".:[]").contains(c);
    };
    if (bind.address.empty() || bind.address.size() > 45 || !std::ranges::all_of(bind.address, is_address))
      return fail(ErrorCode::invalid, "'{}' is not an address to listen on", printable(bind.address));
    if (bind.port < 1 || bind.port > 65535) return fail(ErrorCode::invalid, "{} is not a port to listen on", bind.port);
  }
  return {};
}

// As many connections as the limit of open files allows, and no more than 8,172: each takes two descriptors.
std::string global_section(const Settings& settings, int slots) {
  return fmt::format(R"(# Written by podwright; changes are overwritten.
global
  description "{}"
  fd-hard-limit 16384
  nbthread {}
  noreuseport
  default-path config
  hard-stop-after 1h
  stats socket unix@{} mode 600 level admin
)",
                     description(settings, slots), settings.threads, kAdminSocket);
}

// Nothing is lost on a switch or a reload because of these: a refused connection is tried again, elsewhere if there is
// an elsewhere; an idempotent request that met a closing connection too; and a client's idle connection is closed with
// a response, never under a request.
constexpr std::string_view kDefaults = R"(
defaults
  mode http
  balance leastconn
  http-reuse safe
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  option idle-close-on-response
  timeout connect 5s
  timeout queue 30s
  timeout http-request 30s
  timeout http-keep-alive 60s
  timeout client 5m
  timeout server 5m
  timeout client-fin 30s
  timeout server-fin 30s
  timeout tunnel 1h
  http-error status 502 content-type "text/plain; charset=utf-8" lf-string "The application %[var(txn.route)] broke off its answer.\n"
  http-error status 503 content-type "text/plain; charset=utf-8" lf-string "The application %[var(txn.route)] does not accept connections.\n"
  http-error status 504 content-type "text/plain; charset=utf-8" lf-string "The application %[var(txn.route)] did not answer in time.\n"
)";

// A worker that was replaced ("stopping") counts its servers as gone although it still uses them.
constexpr std::string_view kRules = R"(
  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)
  http-request set-var(txn.slot) var(txn.host),map_str(hosts.map)
  http-request set-var(txn.route) var(txn.slot),map_str(routes.map)
  http-request return status 404 content-type "text/plain; charset=utf-8" hdr Cache-Control no-store lf-string "No application answers to the name %[var(txn.host)] here.\n" unless { var(txn.slot) -m found }
  http-request return status 503 content-type "text/plain; charset=utf-8" hdr Cache-Control no-store hdr Retry-After 2 lf-string "The application %[var(txn.route)] is known here, but no instance of it is running.\n" if { var(txn.slot),nbsrv eq 0 } !{ stopping }

  # What a client says about where it came from is dropped; what we know is said instead.
  http-request del-header Forwarded
  http-request del-header Proxy
  http-request del-header X-Forwarded- -m beg
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Real-IP %[src]

  http-request disable-l7-retry unless METH_GET or METH_OPTIONS
  use_backend %[var(txn.slot)]
)";

std::string frontend_section(const Settings& settings) {
  std::string out = "\nfrontend web\n";
  for (const auto& bind : settings.listen)
    out += fmt::format("  bind {}:{}{}\n", bind.address, bind.port, bind.address.starts_with('[') ? " v6only" : "");
  return out + std::string(kRules);
}

std::string backend_section(const Layout& layout, int slot, const std::string* route) {
  auto out = fmt::format("backend {}{}\n", slot_name(slot), route ? "  # " + *route : "");
  if (!route) return out;
  for (const auto& target : layout.routes.at(*route).targets)
    out += fmt::format("  server {} {}\n", target.name, server_arguments(target));
  return out;
}

std::map<int, std::string> by_slot(const Layout& layout) {
  std::map<int, std::string> out;
  for (const auto& [name, spec] : layout.routes) out[layout.slot_of.at(name)] = name;
  return out;
}

}  // namespace

std::vector<std::string> haproxy_arguments() {
  return {"-W", "-S", fmt::format("unix@{},mode,600", kMasterSocket), "-f", std::string(kConfigFile)};
}

std::string description(const Settings& settings, int slots) {
  return fmt::format("podwright {} {}", settings.installation, slots);
}

int slots_of(std::string_view description) {
  auto words = split_words(description);
  return words.size() == 3 ? static_cast<int>(parse_integer(words[2]).value_or(0)) : 0;
}

std::string server_arguments(const Target& target) {
  return fmt::format("127.0.0.1:{} pool-purge-delay 1s", target.port);
}

Result<std::string> render_config(const Settings& settings, const Layout& layout) {
  TRY(check_settings(settings));
  for (const auto& [name, spec] : layout.routes) TRY(check_route(spec));
  auto routes = by_slot(layout);
  auto out = global_section(settings, layout.slots) + std::string(kDefaults) + frontend_section(settings) + "\n";
  for (int slot = 1; slot <= layout.slots; ++slot) {
    auto found = routes.find(slot);
    out += backend_section(layout, slot, found == routes.end() ? nullptr : &found->second);
  }
  return out;
}

std::string render_hosts(const Layout& layout) {
  std::string out;
  for (const auto& [name, spec] : layout.routes)
    for (const auto& host : spec.hosts) out += fmt::format("{} {}\n", host, slot_name(layout.slot_of.at(name)));
  return out;
}

std::string render_routes(const Layout& layout) {
  std::string out;
  for (const auto& [slot, name] : by_slot(layout)) out += fmt::format("{} {}\n", slot_name(slot), name);
  return out;
}

std::map<std::string, int> parse_routes(std::string_view text) {
  std::map<std::string, int> out;
  for (auto line : split_lines(text)) {
    auto words = split_words(line);
    if (words.size() != 2 || slot_number(words[0]) < 1 || !check_route_name(words[1])) continue;
    out.emplace(words[1], slot_number(words[0]));
  }
  return out;
}

}  // namespace podwright::route
