// The scripts that run on servers. Constant text; values arrive as "$1", "$2", … (see remote/script.hh).
#pragma once

#include <string_view>

namespace podwright::host {

// $1 installation. For each of our unit files: "SHA256 NAME", then its first line.
inline constexpr std::string_view kSurveyScript = R"sh(
if [ "$(id -u)" = 0 ]; then set -- "$1" /etc/containers/systemd /etc/systemd/system
else set -- "$1" "$HOME/.config/containers/systemd" "$HOME/.config/systemd/user"; fi
for file in "$2/pw-$1-"* "$2/pw_$1_"* "$3/pw-$1-"* "$3/pw_$1_"*; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  sum=$(sha256sum < "$file")
  printf '%s %s\n' "${sum%% *}" "${file##*/}"
  head -n 1 "$file"
done
)sh";

// The ports that are in use there.
inline constexpr std::string_view kPortsScript = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true";

// $1 … names of unit files, which are removed where they lie.
inline constexpr std::string_view kRemoveScript = R"sh(
if [ "$(id -u)" = 0 ]; then quadlet=/etc/containers/systemd plain=/etc/systemd/system
else quadlet=$HOME/.config/containers/systemd plain=$HOME/.config/systemd/user; fi
for name do rm -f "$quadlet/$name" "$plain/$name" || exit; done
)sh";

// $1 container, $2 "follow" or "", $3 last lines or "all", $4 since (Unix seconds) or "", $5 "short-iso" or "cat".
inline constexpr std::string_view kJournalScript = R"sh(
container=$1 follow=$2 lines=$3 since=$4 form=$5
set -- --quiet --no-pager --output="$form" --lines="$lines" CONTAINER_NAME="$container"
[ "$(id -u)" = 0 ] || set -- --user "$@"
[ -z "$since" ] || set -- --since="@$since" "$@"
[ -z "$follow" ] || set -- --follow "$@"
exec journalctl "$@"
)sh";

// $1 unit: the end of what its processes and systemd said about it.
inline constexpr std::string_view kUnitJournalScript = R"sh(
set -- --quiet --no-pager --output=cat --lines=8 --unit="$1"
[ "$(id -u)" = 0 ] || set -- --user "$@"
exec journalctl "$@"
)sh";

// $1 file: its content.
inline constexpr std::string_view kReadScript = R"sh([ -f "$1" ] || exit 3; exec cat "$1")sh";

}  // namespace podwright::host
