// skopeo: how an image of the local Podman gets into the layout. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <string>

#include "base/result.hh"
#include "base/spawn.hh"

namespace podwright::ship {

// "overlay@/var/lib/containers/storage+/run/containers/storage", with the options that reading needs, from the answer
// of GET /libpod/info: Podman may have been told another storage than the one that skopeo would find.
Result<std::string> store_of(const boost::json::object& info);

// Copies the image into `layout` under its id. The layout is named relative to its parent folder, because a ':' in an
// oci: reference is a separator.
Command export_command(const std::string& store, const std::string& image_id, const std::filesystem::path& layout);

// What skopeo printed when it failed, as an error that a user can act on.
Error export_failure(const std::string& image_id, const Finished& finished);

}  // namespace podwright::ship
