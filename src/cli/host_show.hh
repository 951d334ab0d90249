// How hosts look on a terminal.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "cli/terminal.hh"

namespace podwright::cli {

std::string added_text(const boost::json::value& host);                                  // one line
std::string hosts_table(const Terminal& terminal, const boost::json::array& hosts);
std::string host_text(const Terminal& terminal, const boost::json::value& host);    // what it is, then its checks
std::string checks_text(const Terminal& terminal, const boost::json::value& host);  // a line each, with the hint of what is wrong
std::string check_line(const Terminal& terminal, const boost::json::value& check);

}  // namespace podwright::cli
