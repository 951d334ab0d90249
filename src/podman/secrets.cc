#include "podman/secrets.hh"

#include <boost/json.hpp>

#include "podman/inspect.hh"

namespace podwright::podman {

Status put_secret(Client& client, const std::string& name, std::string_view value) {
  TRY(remove_secret(client, name));  // a secret cannot be replaced before Podman 4.5
  TRY(client.call({.method = "POST",
                   .path = "/secrets/create",
                   .query = {{"name", name}},
                   .body = std::string(value),
                   .content_type = "application/octet-stream"}));
  return {};
}

Status remove_secret(Client& client, const std::string& name) {
  auto removed = client.call({.method = "DELETE", .path = "/secrets/" + escaped(name)});
  if (!removed && removed.error().code != ErrorCode::not_found) return std::unexpected(removed.error());
  return {};
}

Result<std::vector<std::string>> secret_names(Client& client, std::string_view prefix) {
  auto listed = TRY(client.call_json({.path = "/secrets/json"}));
  std::vector<std::string> names;
  if (!listed.is_array()) return names;
  for (const auto& secret : listed.get_array()) {
    if (!secret.is_object()) continue;
    auto name = string_at(object_at(secret.get_object(), "Spec"), "Name");
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace podwright::podman
