// Following a deployment to its end.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "base/result.hh"
#include "cli/session.hh"

namespace podwright::cli {

struct FollowOptions {
  bool json = false;   // print exactly the object
  bool quiet = false;
  bool wait = true;    // else print the accepted deployment and return
};

// For every command that gets a deployment from the API: follows it, and those of its services when it is split into
// several; prints the ends (URL or error) and answers the exit code. The first Ctrl-C asks the daemon to cancel and
// goes on waiting; the second leaves the deployment to the daemon: Error{cancelled}.
Result<int> finish_deployment(Session& session, const boost::json::value& accepted, const FollowOptions& options);

// Follows an accepted deployment and answers it when it went well: for commands that go on with what it made. A source of
// several services is Error{invalid}.
Result<boost::json::value> await_deployment(Session& session, const boost::json::value& accepted,
                                            const FollowOptions& options);

}  // namespace podwright::cli
