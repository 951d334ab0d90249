// Where an installation keeps its state. Two folders are two independent installations.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hh"

namespace podwright {

struct StatePaths {
  std::filesystem::path dir;         // absolute
  std::filesystem::path api_socket;  // in dir, or in a private short folder when that path is too long for a socket
  std::filesystem::path database;
  std::filesystem::path daemon_log;
  std::filesystem::path lock;        // held by the daemon
};

// The folder that was asked for, else $PODWRIGHT_STATE_DIR, else $XDG_STATE_HOME/podwright, else ~/.local/state/podwright.
// Touches nothing; client and daemon get the same answer.
StatePaths state_paths(const std::optional<std::filesystem::path>& asked = std::nullopt);

// Makes the folders, for this user only. Errors: denied (the short socket folder belongs to somebody else), failed.
Status prepare(const StatePaths& paths);

}  // namespace podwright
