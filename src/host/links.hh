// Links: the way to each server that the store knows, one connection a server, made when it is first asked for.
// Owned by the daemon; safe from any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "base/synced.hh"
#include "remote/link.hh"
#include "store/store.hh"

namespace podwright::host {

class Links {
 public:
  // `ssh_config` instead of the user's own; "" for that one. The state folder is ours alone: what a dead daemon left of
  // its links goes. Errors: those of runtime_folder.
  static Result<std::unique_ptr<Links>> open(Store& store, const fs::path& state_dir, std::string ssh_config);
  ~Links();  // ends the connections that nobody uses any more

  // Error{not_found}; connects to nothing. A host that was forgotten and added anew gets another one.
  Result<std::shared_ptr<remote::Link>> to(const std::string& name);
  void forget(const std::string& name);

  // For a host that the store does not know yet; keep() it when it does.
  Result<std::shared_ptr<remote::Link>> make(const Host& host);
  void keep(const Host& host, std::shared_ptr<remote::Link> link);

  // A name for a folder of its own for sockets and keys of a link: private, short, of plain characters.
  fs::path new_folder() { return folder_ / std::to_string(++folders_); }
  const std::string& ssh_config() const { return ssh_config_; }

 private:
  struct Kept {
    std::string destination;
    std::string host_key;
    std::shared_ptr<remote::Link> link;
  };

  Links(Store& store, fs::path folder, std::string ssh_config)
      : store_(store), folder_(std::move(folder)), ssh_config_(std::move(ssh_config)) {}

  Store& store_;
  fs::path folder_;
  std::string ssh_config_;
  std::atomic<int> folders_ = 0;
  Synced<std::map<std::string, Kept>> links_;
};

}  // namespace podwright::host
