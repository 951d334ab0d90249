#include "host/install.hh"

#include <map>

#include "host/scripts.hh"

namespace podwright::host {

Status install_units(Connection& connection, Server& server, const units::Units& units) {
  std::map<std::string, std::map<std::string, std::string>> by_folder;
  for (const auto& file : units.files) by_folder[units::file_folder(file.name, server.target.rootful)][file.name] = file.content;
  for (const auto& [folder, files] : by_folder) TRY(connection.link().put_files(folder, files));
  TRY(server.systemd.daemon_reload());
  if (units.enable) TRY(server.systemd.enable({units.service}));
  return {};
}

Status remove_units(Connection& connection, Server& server, const std::vector<std::string>& files) {
  if (files.empty()) return {};
  std::vector<std::string> plain;
  for (const auto& file : files)
    if (file.ends_with(".service")) plain.push_back(file);
  if (!plain.empty()) TRY(server.systemd.disable(plain));
  TRY(connection.link().run_script_ok({.text = kRemoveScript, .args = files}));
  return server.systemd.daemon_reload();
}

}  // namespace podwright::host
