// Where an installation keeps its state. Two folders are two independent installations.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.hh"

namespace podwright {

struct StatePaths {
  std::filesystem::path dir;         // absolute
  std::filesystem::path api_socket;  // in dir, or in a private short folder when that path is too long for a socket
  std::filesystem::path database;
  std::filesystem::path daemon_log;
  std::filesystem::path lock;  // held by the daemon
};

// The folder that was asked for, else $PODWRIGHT_STATE_DIR, else $XDG_STATE_HOME/podwright, else
// ~/.local/state/podwright. Touches nothing; client and daemon get the same answer.
StatePaths state_paths(const std::optional<std::filesystem::path>& asked = std::nullopt);

// Makes the folders, for this user only. Errors: denied (the short socket folder belongs to somebody else), failed.
Status prepare(const StatePaths& paths);

// A folder for sockets and other things that end with the process, private to this user: under $XDG_RUNTIME_DIR or
// /tmp, its path short (at most 60) and of letters, digits, '/', '_', '.' and '-' only. The same for the same state
// folder and purpose. Made when missing. Errors: denied (it belongs to somebody else), failed.
Result<std::filesystem::path> runtime_folder(const std::filesystem::path& state_dir, std::string_view purpose);

}  // namespace podwright
