// Target: the images of the Podman that is shipped to.
#pragma once

#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hh"
#include "podman/client.hh"
#include "ship/archive.hh"
#include "ship/image.hh"
#include "ship/reference.hh"

namespace podwright::ship {

struct Listed {
  std::string id;
  std::vector<std::string> names;
};

struct Found {
  std::string id;
  std::vector<std::string> layers;  // diffIDs, the lowest first
};

struct Target {
  podman::Client& client;

  // All, also without a name. Slow where there are many: a second for 150. With a name, only those that are called so.
  Result<std::vector<Listed>> list(const std::string& name = {}) const;

  Result<std::optional<Found>> find(const std::string& image) const;  // by id or name; nothing when it is not there
  Status tag(const std::string& id, const Reference& reference) const;
  void forget(const std::string& reference) const;  // the name, and the image that has no other; no error is important

  // Sends the archive and reads what Podman made of it. Errors: see load_failure(), and those of
  // podman::Client::upload.
  Status load(Archive& archive, std::stop_token stop) const;
};

// What Podman's refusal of an archive means: only the part about the format that it is in. Pure.
Error load_failure(Error refused);

// The digest of a layer that an archive lacked although Podman does not have it; nothing when that was not the reason.
// Pure.
std::optional<std::string> missing_layer(const Error& refused);

// Whether a layer arrived with a content that is not what its digest says. Pure.
bool says_damaged(const Error& refused);

// Error{failed} unless this is the answer of a load that made an image. Pure.
Status check_loaded(const std::string& answer);

}  // namespace podwright::ship
