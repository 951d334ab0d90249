#include "cli/host_show.hh"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.hh"
#include "cli/fields.hh"
#include "cli/show.hh"

namespace podwright::cli {

namespace {

const json::value& facts_of(const json::value& host) {
  static const json::value none = nullptr;
  const auto* facts = find(host, "facts");
  return facts ? *facts : none;
}

std::string labels_of(const json::value& host) {
  std::string out;
  const auto* labels = find(host, "labels");
  if (!labels || !labels->is_object()) return out;
  for (const auto& [key, value] : labels->get_object())
    out += (out.empty() ? "" : ",") + std::string(key) + "=" + (value.is_string() ? std::string(value.get_string()) : "");
  return out;
}

std::string state_of(const json::value& host) {
  if (text(host, "checked_at").empty()) return "unknown";
  return truth(host, "usable") ? "ready" : "failing";
}

// "5.4.2 rootless"
std::string podman_of(const json::value& host) {
  const auto& facts = facts_of(host);
  if (text(facts, "podman_version").empty()) return "none";
  return text(facts, "podman_version") + (number(facts, "uid") == 0 ? " root" : " rootless");
}

std::string row(std::string_view name, const std::string& value) {
  return value.empty() ? "" : fmt::format("{:<14} {}\n", name, printable(value));
}

}  // namespace

std::string added_text(const json::value& host) {
  auto key = text(host, "fingerprint");
  return fmt::format("added {} ({}){}\n", printable(text(host, "name")), printable(text(host, "destination")),
                     key.empty() ? "" : ", its key is pinned: " + printable(key));
}

std::string hosts_table(const Terminal& terminal, const json::array& hosts) {
  Table table({"HOST", "STATE", "DESTINATION", "LABELS", "PODMAN", "SYSTEM", "FREE", "CHECKED"});
  for (const auto& host : hosts) {
    const auto& facts = facts_of(host);
    table.add({text(host, "name"), state_of(host), text(host, "destination"), labels_of(host), podman_of(host), text(facts, "os"),
               format_bytes(number(facts, "free_bytes") >> 30 << 30), age(text(host, "checked_at"), now())});
  }
  return table.text(terminal);
}

std::string host_text(const Terminal& terminal, const json::value& host) {
  const auto& facts = facts_of(host);
  auto out = row("host", text(host, "name")) + row("destination", text(host, "destination")) + row("labels", labels_of(host)) +
             row("host key", text(host, "fingerprint")) + row("user", text(facts, "user")) + row("system", text(facts, "os")) +
             row("kernel", text(facts, "kernel") + " " + text(facts, "arch")) + row("added", age(text(host, "added_at"), now())) +
             row("checked", age(text(host, "checked_at"), now()));
  return out + checks_text(terminal, host);
}

std::string checks_text(const Terminal& terminal, const json::value& host) {
  std::string out;
  bool fixable = false;
  for (const auto& check : list(host, "checks")) {
    out += check_line(terminal, check);
    fixable = fixable || (text(check, "status") != "ok" && truth(check, "fixable"));
  }
  if (fixable) out += fmt::format("podwright host check {} --fix does what its user may do of this\n", printable(text(host, "name")));
  return out;
}

std::string check_line(const Terminal& terminal, const json::value& check) {
  auto status = text(check, "status");
  auto mark = status == "ok" ? terminal.green("✓") : status == "warn" ? terminal.yellow("!") : terminal.red("✗");
  auto out = fmt::format("{} {:<22} {}\n", mark, printable(text(check, "name")), printable(text(check, "detail")));
  if (auto hint = text(check, "hint"); status != "ok" && !hint.empty()) out += "  hint: " + printable(hint) + "\n";
  return out;
}

}  // namespace podwright::cli
