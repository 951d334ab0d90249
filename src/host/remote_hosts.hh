// RemoteHosts: the Hosts port over SSH. Each server that the store knows becomes a HostRuntime and an HAProxy of ours in
// a unit there; images come by their missing layers. Owned by the daemon, safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "deploy/hosts.hh"
#include "host/remote_host.hh"
#include "store/store.hh"

namespace podwright::host {

class RemoteHosts final : public Hosts {
 public:
  // Below `runtime_folder` each server gets a folder for its sockets: short, private, of plain characters.
  RemoteHosts(Store& store, ImageSource& images, fs::path runtime_folder, std::string ssh_config)
      : store_(store), images_(images), runtime_folder_(std::move(runtime_folder)), ssh_config_(std::move(ssh_config)) {}

  Result<podwright::RemoteHost*> host(const std::string& name) override;
  Result<std::vector<std::string>> labelled(const std::vector<std::string>& labels) override;

 private:
  struct Known {
    std::string destination;  // what the server was when it was made; another one of this name is made anew
    std::string host_key;
    std::unique_ptr<SshHost> server;
  };

  Store& store_;
  ImageSource& images_;
  fs::path runtime_folder_;
  std::string ssh_config_;
  Synced<std::map<std::string, std::vector<Known>>> hosts_;  // the last one is current; older ones may still be in use
};

}  // namespace podwright::host
