// Where Debian packages come from: the mirror, keyring and apt options that this machine uses itself.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace podwright::build {

struct AptSources {
  std::string mirror = "http://deb.debian.org/debian";
  std::string security = "http://deb.debian.org/debian-security";
  std::string keyring = {};  // a file for signed-by; "" leaves it to apt's trusted keys
};

// From the content of sources.list and sources.list.d/*.{list,sources} of a Debian system; the defaults where they say
// nothing. Pure.
AptSources apt_sources_from(const std::map<std::string, std::string>& files);

// Of this machine. On another distribution than Debian: the defaults, with Debian's keyring when it is installed.
AptSources host_apt_sources();

// The lines of a sources.list for a suite.
std::vector<std::string> source_lines(const AptSources& sources, std::string_view suite);

// apt options of this machine that decide whether its mirror can be used at all: proxies and date checks, picked from
// the output of `apt-config dump Acquire` as lines for an apt.conf. Pure.
std::vector<std::string> passed_apt_options(std::string_view apt_config_dump);
std::vector<std::string> host_apt_options();

}  // namespace podwright::build
