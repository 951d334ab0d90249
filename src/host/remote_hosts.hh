// RemoteHosts: the Hosts port over SSH. Each server that the store knows becomes a HostRuntime and an HAProxy of ours in a
// unit there; images come by their missing layers. Owned by the daemon, safe from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/synced.hh"
#include "deploy/hosts.hh"
#include "host/remote_host.hh"
#include "store/store.hh"

namespace podwright::host {

class RemoteHosts final : public Hosts {
 public:
  // `runtime_folder` is for sockets: short, private, of plain characters.
  RemoteHosts(Store& store, ImageSource& images, fs::path runtime_folder, std::string ssh_config)
      : store_(store), images_(images), runtime_folder_(std::move(runtime_folder)), ssh_config_(std::move(ssh_config)) {}

  Result<podwright::RemoteHost*> host(const std::string& name) override;
  Result<std::vector<std::string>> labelled(const std::vector<std::string>& labels) override;

 private:
  Store& store_;
  ImageSource& images_;
  fs::path runtime_folder_;
  std::string ssh_config_;
  Synced<std::map<std::string, std::unique_ptr<SshHost>>> hosts_;
};

}  // namespace podwright::host
