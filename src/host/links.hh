// Links: the way to each server that the store knows, one connection a server, made when it is first asked for.
// Owned by the daemon; safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/synced.hh"
#include "remote/link.hh"
#include "store/store.hh"

namespace podwright::host {

class Links {
 public:
  // `ssh_config` instead of the user's own; "" for that one.
  Links(Store& store, fs::path state_dir, std::string ssh_config)
      : store_(store), state_dir_(std::move(state_dir)), ssh_config_(std::move(ssh_config)) {}

  Result<std::shared_ptr<remote::Link>> to(const std::string& name);  // Error{not_found}; connects to nothing
  void keep(const std::string& name,
            std::shared_ptr<remote::Link> link);  // made by make(), of a host that is known now
  void forget(const std::string& name);           // ends its connection when nobody uses it any more

  // For a host that the store does not know yet.
  Result<std::shared_ptr<remote::Link>> make(const Host& host) const;

  const fs::path& state_dir() const { return state_dir_; }
  const std::string& ssh_config() const { return ssh_config_; }

 private:
  Store& store_;
  fs::path state_dir_;
  std::string ssh_config_;
  Synced<std::map<std::string, std::shared_ptr<remote::Link>>> links_;
};

}  // namespace podwright::host
