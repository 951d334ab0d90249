#include "remote/facts.hh"

#include <functional>
#include <map>

#include "base/text.hh"

namespace podwright::remote {

namespace {

// Prints key=value lines, the clock first. Reads, never changes.
constexpr std::string_view kLook = R"sh(
say() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\n\r' '  ')"; }
has() { command -v "$1" >/dev/null 2>&1 && echo yes; }
say clock_ms "$(date +%s%3N)"
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH
uid=$(id -u)
user=$(id -un)
say user "$user"
say uid "$uid"
say home "$HOME"
say kernel_name "$(uname -s)"
say kernel "$(uname -r)"
say arch "$(uname -m)"
say os "$(. /etc/os-release 2>/dev/null; printf '%s' "$PRETTY_NAME")"
say cpus "$(getconf _NPROCESSORS_ONLN)"
say memory_kb "$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)"
if [ "$uid" = 0 ]; then
  scope=--system run=/run data=/var/lib
  say bus_socket /run/dbus/system_bus_socket
  group=/sys/fs/cgroup
  say linger yes
else
  scope=--user run=${XDG_RUNTIME_DIR:-/run/user/$uid} data=${XDG_DATA_HOME:-$HOME/.local/share}
  XDG_RUNTIME_DIR=$run; export XDG_RUNTIME_DIR
  say bus_socket "$run/bus"
  group=/sys/fs/cgroup/user.slice/user-$uid.slice/user@$uid.service
  [ -e "/var/lib/systemd/linger/$user" ] && say linger yes
fi
say data_folder "$data/podwright"
if [ -d /run/systemd/system ]; then
  say systemd_version "$(systemctl --version | awk 'NR == 1 { print $2 }')"
  say manager_state "$(timeout 5 systemctl $scope is-system-running 2>/dev/null)"
  say podman_socket_enabled "$(timeout 5 systemctl $scope is-enabled podman.socket 2>/dev/null)"
fi
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  say cgroup_version 2
  say controllers "$(cat "$group/cgroup.controllers" 2>/dev/null)"
else
  say cgroup_version 1
fi
say first_user_port "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null)"
ids() { awk -F: -v name="$user" -v id="$uid" '$1 == name || $1 == id { sum += $3 } END { print sum + 0 }' "$1" 2>/dev/null; }
say subuids "$(ids /etc/subuid)"
say subgids "$(ids /etc/subgid)"
say has_uidmap "$(has newuidmap)"
say has_pasta "$(has pasta)"
say has_slirp4netns "$(has slirp4netns)"
say has_haproxy "$(has haproxy)"
for init in /usr/libexec/podman/catatonit /usr/local/libexec/podman/catatonit /usr/lib/podman/catatonit /usr/bin/catatonit /usr/libexec/catatonit/catatonit; do
  [ -x "$init" ] && say has_init yes && break
done
generator=/usr/lib/systemd/user-generators/podman-user-generator
[ "$uid" = 0 ] && generator=/usr/lib/systemd/system-generators/podman-system-generator
[ -x "$generator" ] && say quadlet yes
say podman_socket "$run/podman/podman.sock"
# The file alone proves nothing: it stays when its unit is stopped.
awk -v path="$run/podman/podman.sock" '$4 == "00010000" && $NF == path { found = 1 } END { exit !found }' /proc/net/unix &&
  say podman_socket_active yes
storage=$data/containers
[ "$uid" = 0 ] && storage=/var/lib/containers
if command -v podman >/dev/null 2>&1; then
  say podman_version "$(podman --version | awk '{ print $3 }')"
  if info=$(timeout 15 podman info --format '{{.Store.GraphRoot}}|{{.Host.NetworkBackend}}' 2>&1); then
    info=$(printf '%s\n' "$info" | tail -n 1)
    storage=${info%|*}
    say network_backend "${info##*|}"
  else
    say podman_problem "$(printf '%s\n' "$info" | tail -n 3)"
  fi
fi
say storage "$storage"
while [ ! -d "$storage" ] && [ "$storage" != / ]; do storage=$(dirname "$storage"); done
df -P -k "$storage" 2>/dev/null | awk 'NR == 2 { print "total_kb=" $2; print "free_kb=" $4 }'
)sh";

using Values = std::map<std::string, std::string, std::less<>>;

Values lines_of(std::string_view output) {
  Values values;
  for (auto line : split_lines(output))
    if (auto equals = line.find('='); equals != line.npos)
      values[std::string(line.substr(0, equals))] = printable(trim(line.substr(equals + 1)));
  return values;
}

struct Reading {
  const Values& values;

  std::string text(std::string_view key) const {
    auto found = values.find(key);
    return found == values.end() ? std::string{} : found->second;
  }
  long long number(std::string_view key, long long fallback = 0) const {
    return parse_integer(text(key)).value_or(fallback);
  }
  bool yes(std::string_view key) const { return text(key) == "yes"; }
};

void read_podman(const Reading& from, HostFacts& facts) {
  facts.podman_version = from.text("podman_version");
  facts.podman_problem = from.text("podman_problem");
  facts.podman_socket = from.text("podman_socket");
  facts.podman_socket_active = from.yes("podman_socket_active");
  facts.podman_socket_enabled = from.text("podman_socket_enabled") == "enabled";
  facts.quadlet = from.yes("quadlet");
  facts.network_backend = from.text("network_backend");
  facts.has_pasta = from.yes("has_pasta");
  facts.has_slirp4netns = from.yes("has_slirp4netns");
  facts.has_uidmap = from.yes("has_uidmap");
  facts.subuids = from.number("subuids");
  facts.subgids = from.number("subgids");
  facts.has_haproxy = from.yes("has_haproxy");
  facts.has_init = from.yes("has_init");
}

void read_systemd(const Reading& from, HostFacts& facts) {
  facts.systemd_version = static_cast<int>(from.number("systemd_version"));
  // "offline" and "unknown" mean that there is no manager to talk to.
  auto state = from.text("manager_state");
  facts.manager_state = state == "offline" || state == "unknown" ? "" : state;
  facts.bus_socket = from.text("bus_socket");
  facts.linger = from.yes("linger");
  facts.cgroup_version = static_cast<int>(from.number("cgroup_version"));
  for (auto controller : split_words(from.text("controllers"))) facts.controllers.emplace_back(controller);
  facts.first_user_port = static_cast<int>(from.number("first_user_port", 1024));
}

}  // namespace

HostFacts parse_facts(std::string_view output) {
  auto values = lines_of(output);
  Reading from{values};
  HostFacts facts{.os = from.text("os"),
                  .arch = from.text("arch"),
                  .kernel = from.text("kernel"),
                  .user = from.text("user"),
                  .uid = from.number("uid"),
                  .home = from.text("home"),
                  .data_folder = from.text("data_folder"),
                  .cpus = static_cast<int>(from.number("cpus")),
                  .memory_bytes = from.number("memory_kb") * 1024};
  read_podman(from, facts);
  read_systemd(from, facts);
  facts.storage = from.text("storage");
  facts.free_bytes = from.number("free_kb") * 1024;
  facts.total_bytes = from.number("total_kb") * 1024;
  return facts;
}

Result<HostFacts> look_at(Link& link, std::stop_token stop) {
  long long clock_seen = 0;  // ours when its clock, the first line, came: the way here is all that is between them
  auto on_out = [&](std::string_view) {
    if (clock_seen == 0) clock_seen = now().time_since_epoch().count();
  };
  auto looked = TRY(link.run_script({.text = kLook, .limit = std::chrono::seconds(45)}, stop, on_out));
  auto values = lines_of(looked.out);
  if (values["kernel_name"] != "Linux")
    return fail(ErrorCode::failed, "{} is no Linux machine with a POSIX shell: {}", link.name(),
                printable(trim(looked.err).substr(0, 300)));
  auto facts = parse_facts(looked.out);
  facts.skew_ms = parse_integer(values["clock_ms"]).value_or(clock_seen) - clock_seen;
  return facts;
}

}  // namespace podwright::remote
