// Following a deployment to its end.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "base/result.hh"
#include "cli/progress.hh"
#include "cli/session.hh"

namespace podwright::cli {

// Shows the progress until the deployment is final and answers its object. Survives a restart of the daemon. The first
// Ctrl-C asks the daemon to cancel and goes on waiting; the second leaves the deployment to the daemon: Error{cancelled}.
Result<boost::json::value> follow_deployment(Session& session, const std::string& id, Progress& progress);

struct FollowOptions {
  bool json = false;   // print exactly the object
  bool quiet = false;
  bool wait = true;    // else print the accepted deployment and return
};

// For every command that gets a deployment from the API: follows it, prints its end (URL or error) and answers the
// exit code.
Result<int> finish_deployment(Session& session, const boost::json::value& accepted, const FollowOptions& options);

}  // namespace podwright::cli
