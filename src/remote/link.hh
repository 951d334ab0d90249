// Link: the way to one host. One OpenSSH connection (ControlMaster) carries everything: scripts, files and forwarded
// sockets; the user's ssh_config, agent, jump hosts and certificates apply. To the machine itself ("local") no SSH is
// used and everything works the same.
//
// Every call connects or reconnects when it must, and has a deadline. A link that breaks is noticed after about 6 s
// (ServerAliveInterval 3, CountMax 2): what runs over it then ends with Error{unavailable}. Safe from any thread; calls
// run side by side (at most 8 sessions, for sshd allows 10).
//
// Errors of connecting: denied (host key unknown, changed or revoked; no key of ours is accepted), unavailable (name
// does not resolve, refused, no route, broke), timeout. Each says which, and what to do.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "base/fs.hh"
#include "base/result.hh"
#include "base/spawn.hh"
#include "remote/script.hh"

namespace podwright::remote {

struct LinkSettings {
  std::string name;         // how errors call the host
  std::string destination;  // "local", or what parse_ssh_destination accepts
  std::string host_key;     // the pinned one: "ssh-ed25519 AAAA…"; another one is a hard stop
  fs::path folder;          // for sockets: made private, at most 80 plain characters; removed with the link
  std::string ssh_config;   // instead of the user's and the system's ssh_config; empty: those
  Millis connect_limit = std::chrono::seconds(10);
};

// Where something of the host can be connected to on this machine: a unix socket, or a port of 127.0.0.1 (only
// "local").
struct Endpoint {
  std::string socket;
  int port = 0;
};

class Link {
 public:
  static Result<std::unique_ptr<Link>> make(LinkSettings settings);  // connects to nothing yet
  virtual ~Link() = default;                                         // ends the connection and removes the folder

  const std::string& name() const { return settings_.name; }
  bool is_local() const;

  // Connects when not connected. Takes under a millisecond when it is.
  virtual Status ensure() = 0;

  // A unix socket here that leads to one of the host (local: the same path). Stays until the link ends; when the
  // connection was made anew, ask again: the same path is answered, and works again. Error{invalid}: path is not
  // absolute or has other characters than [A-Za-z0-9/._@-].
  virtual Result<std::string> forward_socket(const std::string& remote_path) = 0;
  // The same for a port on the host's own 127.0.0.1.
  virtual Result<Endpoint> forward_port(int port) = 0;
  virtual void cancel_port(int port) = 0;  // no new connections; open ones go on

  // Runs the script to its end. Its exit code is not an error (as in base/spawn.hh): the caller knows what it means.
  // Output is given to the sinks as it comes, and the first MiB of each is kept in the answer.
  // Errors besides those of connecting: timeout, cancelled (the script may go on running there), unavailable (broke
  // off).
  virtual Result<Finished> run_script(const Script& script, std::stop_token stop = {}, const OutputSink& on_out = {},
                                      const OutputSink& on_err = {}) = 0;

  // run_script(), with a non-zero exit turned into Error{failed} that carries what it printed.
  Result<std::string> run_script_ok(const Script& script, std::stop_token stop = {});

  // Writes files into a folder (absolute, or relative to the home; made when missing, mode 0700): each is complete or
  // not there, synced, mode `mode`. Names are relative paths that pass check_relative_path. Errors: exhausted (disk
  // full), denied, failed.
  Status put_files(const std::string& folder, const std::map<std::string, std::string>& files, unsigned mode = 0600,
                   Millis limit = std::chrono::seconds(60));

 protected:
  explicit Link(LinkSettings settings) : settings_(std::move(settings)) {}
  LinkSettings settings_;
};

}  // namespace podwright::remote
