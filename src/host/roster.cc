#include "host/roster.hh"

#include <sys/utsname.h>

#include <boost/json.hpp>

#include "base/text.hh"
#include "remote/facts.hh"

namespace podwright::host {

namespace {

constexpr Millis kKeyLimit = std::chrono::seconds(10);
constexpr std::string_view kExec = "exec \"$@\" </dev/null";

std::string our_arch() {
  utsname names{};
  return ::uname(&names) == 0 ? names.machine : "";
}

Examined examined(Host host) {
  auto checks = host.facts ? remote::check(*host.facts, our_arch()) : std::vector<remote::Check>{};
  return {std::move(host), std::move(checks)};
}

Result<HostFacts> look(remote::Link& link, bool fix, std::stop_token stop) {
  auto facts = TRY(remote::look_at(link, stop));
  if (!fix) return facts;
  TRY(remote::fix(link, remote::check(facts, our_arch())));
  return remote::look_at(link, stop);
}

// Removed with its content at the end of the scope.
struct Scratch {
  fs::path folder;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
};

Result<Host> host_of(const NewHost& wanted) {
  Host host{.name = wanted.name, .destination = wanted.destination, .labels = wanted.labels, .added_at = now()};
  if (host.name.empty())
    host.name = host.is_local() ? std::string(kLocalHost) : host_name_for(TRY(parse_ssh_destination(host.destination)));
  TRY(check_host_name(host.name));
  if (!host.is_local()) TRY(parse_ssh_destination(host.destination));
  for (const auto& [key, value] : host.labels) TRY(check_label(key, value));
  if (!wanted.trust.fingerprint.empty()) TRY(check_fingerprint(wanted.trust.fingerprint));
  return host;
}

}  // namespace

Result<remote::OfferedKey> Roster::look_at_key(const std::string& destination) {
  Scratch scratch{links_.new_folder()};
  TRY(make_directories(scratch.folder));
  return remote::look_at_host_key(destination, links_.ssh_config(), scratch.folder, kKeyLimit);
}

Result<std::string> Roster::pinned_key(const NewHost& wanted) {
  return remote::decide_trust(TRY(look_at_key(wanted.destination)), wanted.trust);
}

Status Roster::check_is_new(const Host& host) {
  for (const auto& known : TRY(store_.hosts()))
    if (known.name == host.name)
      return fail(error(ErrorCode::conflict, "there is a host '{}' already, {}", known.name, known.destination)
                      .with_hint("choose another with --name"));
    else if (known.destination == host.destination)
      return fail(error(ErrorCode::conflict, "{} is known already, as '{}'", host.destination, known.name)
                      .with_hint("podwright host check " + known.name));
  return {};
}

Result<Examined> Roster::add(const NewHost& wanted, std::stop_token stop) {
  auto host = TRY(host_of(wanted));
  TRY(check_is_new(host));
  if (!host.is_local()) host.host_key = TRY(pinned_key(wanted));
  auto link = TRY(links_.make(host));
  host.facts = TRY(look(*link, wanted.fix, stop));
  host.checked_at = now();
  TRY(store_.add_host(host));
  links_.keep(host, std::move(link));
  return examined(std::move(host));
}

Result<std::vector<Examined>> Roster::all() {
  std::vector<Examined> out;
  for (auto& host : TRY(store_.hosts())) out.push_back(examined(std::move(host)));
  return out;
}

Result<Examined> Roster::one(const std::string& name) {
  return examined(TRY(store_.host(name)));
}

Result<Examined> Roster::check(const std::string& name, bool fix, std::stop_token stop) {
  auto link = TRY(links_.to(name));
  auto facts = TRY(look(*link, fix, stop));
  TRY(store_.save_facts(name, facts, now()));
  return one(name);
}

Status Roster::remove(const std::string& name, bool force) {
  auto apps = TRY(store_.apps_on(name));
  if (!apps.empty() && !force)
    return fail(error(ErrorCode::conflict, "{} runs on {}{}", apps[0].text(), name,
                      apps.size() > 1 ? fmt::format(", and {} more", apps.size() - 1) : "")
                    .with_hint(fmt::format(
                        "podwright destroy {} --env {} --host {}; with --force the host is forgotten and its "
                        "apps go on there",
                        apps[0].app, apps[0].environment, name)));
  TRY(store_.forget_host(name));
  links_.forget(name);
  return {};
}

Result<int> Roster::exec(const std::string& name, const std::vector<std::string>& argv, Millis limit,
                         const OutputSink& on_out, const OutputSink& on_err, std::stop_token stop) {
  if (argv.empty()) return fail(ErrorCode::invalid, "no command was given");
  for (const auto& word : argv)
    if (word.contains('\0')) return fail(ErrorCode::invalid, "a word of a command cannot hold a NUL byte");
  auto link = TRY(links_.to(name));
  auto ended = TRY(link->run_script({.text = kExec, .args = argv, .limit = limit}, stop, on_out, on_err));
  return ended.exit_code;
}

boost::json::object to_json(const Examined& examined) {
  auto out = podwright::to_json(examined.host);
  boost::json::array checks;
  for (const auto& check : examined.checks) checks.push_back(remote::to_json(check));
  out["checks"] = std::move(checks);
  out["usable"] = !examined.checks.empty() && remote::is_usable(examined.checks);
  return out;
}

}  // namespace podwright::host
