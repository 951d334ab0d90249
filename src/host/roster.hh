// Roster: the servers that a user made known, and what can be asked of each: `podwright host …`.
// Safe from any thread; every call has a deadline.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/spawn.hh"
#include "host/links.hh"
#include "remote/checks.hh"
#include "remote/host_key.hh"

namespace podwright::host {

struct NewHost {
  std::string destination;  // see parse_ssh_destination, or kLocalHost
  std::string name;         // "": after the destination
  std::map<std::string, std::string> labels;
  remote::Trust trust;
  bool fix = false;  // what the user there may do
};

struct Examined {
  Host host;
  std::vector<remote::Check> checks;  // empty: it was never looked at
};

class Roster {
 public:
  Roster(Store& store, Links& links) : store_(store), links_(links) {}

  // The key that a server shows; logs in to nothing.
  Result<remote::OfferedKey> look_at_key(const std::string& destination);

  // Decides whether to trust the server's key, logs in, looks, and keeps what it found; also a server that fails a
  // check, so that it can be mended. Errors: those of Link and of decide_trust; conflict (the name is taken, or it is
  // known).
  Result<Examined> add(const NewHost& wanted, std::stop_token stop);

  Result<std::vector<Examined>> all();                                              // as last seen; asks no server
  Result<Examined> one(const std::string& name);                                    // the same
  Result<Examined> check(const std::string& name, bool fix, std::stop_token stop);  // looks again

  // Forgets it; nothing happens on the server. Error{conflict} while apps run there, unless `force`.
  Status remove(const std::string& name, bool force);

  // Runs a command there without a shell, its standard input empty. Answers its exit code, 126 or 127 when it cannot
  // be run. Errors: those of Link.
  Result<int> exec(const std::string& name, const std::vector<std::string>& argv, Millis limit,
                   const OutputSink& on_out, const OutputSink& on_err, std::stop_token stop);

 private:
  Result<std::string> pinned_key(const NewHost& wanted);
  Status check_is_new(const Host& host);

  Store& store_;
  Links& links_;
};

boost::json::object to_json(const Examined& examined);  // the host's object with "checks" and "usable"

}  // namespace podwright::host
