// Podman secrets: values that a container gets as environment variables without standing in a unit, an argv or a file of
// ours. They live in the storage of the Podman's user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "podman/client.hh"

namespace podwright::podman {

// Makes it, or replaces it: the value arrives byte for byte. `name` is one of ours ([A-Za-z0-9_.-]).
Status put_secret(Client& client, const std::string& name, std::string_view value);
Status remove_secret(Client& client, const std::string& name);  // idempotent
Result<std::vector<std::string>> secret_names(Client& client, std::string_view prefix);

}  // namespace podwright::podman
