// What an error answer of the libpod API means. Podman before 4.8 answers 500 where 404 or 409 is meant, so the text
// decides together with the status.
#pragma once

#include <string_view>

#include "base/result.hh"

namespace podwright::podman {

// `what` names the call for a person: "starting container pw-shop-3-1".
Error api_error(long status, std::string_view body, std::string_view what);

}  // namespace podwright::podman
