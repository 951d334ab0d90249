// RemoteHosts: the Hosts port over SSH. Each server that the store knows becomes a HostRuntime and an HAProxy of ours in
// a unit there; images come by their missing layers. Owned by the daemon, safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "deploy/hosts.hh"
#include "host/links.hh"
#include "host/remote_host.hh"
#include "store/store.hh"

namespace podwright::host {

class RemoteHosts final : public Hosts {
 public:
  RemoteHosts(Store& store, ImageSource& images, Links& links) : store_(store), images_(images), links_(links) {}

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
  Links& links_;
  Synced<std::map<std::string, std::vector<Known>>> hosts_;  // the last one is current; older ones may still be in use
};

}  // namespace podwright::host
