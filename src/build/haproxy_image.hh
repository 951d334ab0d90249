// The image that a server's proxy runs from: Debian's HAProxy on the root that every application's image stands on, so
// that a server which has one application's image gets a few MB more.
#pragma once

#include <stop_token>
#include <string>

#include "build/build_process.hh"

namespace podwright::build {

// Its id (64 hex), after composing it where it is missing. It has no command of its own. `podwright base update` makes
// another one from newer packages; a server keeps the one it has until it is given the new id.
// Errors: those of DebianBases::ensure.
Result<std::string> haproxy_image(const PodmanSettings& settings, const LineSink& on_line, std::stop_token stop);

}  // namespace podwright::build
