// A command that runs elsewhere and answers lines of JSON: its output, then {"exit_code":N} or {"error":…}.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "cli/client.hh"

namespace podwright::cli {

// Posts the body, gives every line to `on_line` and answers the exit code. Ctrl-C closes the stream and is
// Error{cancelled}.
Result<int> follow_command(const Client& client, const std::string& path, boost::json::object body,
                           const std::function<void(const boost::json::value& line)>& on_line);

}  // namespace podwright::cli
