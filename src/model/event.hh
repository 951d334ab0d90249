// Event: something that happened, in the order in which the store recorded it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/clock.hh"

namespace podwright {

struct Event {
  long long seq = 0;  // assigned by the store; subscribers resume after the last one they saw
  Time at{};
  std::string type;   // "deployment.phase", "instance.exited", "instance.restarted", "route.switched", …
  std::string app;
  std::string environment;
  std::string deployment;
  std::string message;  // for a person, inert
};

boost::json::object to_json(const Event& event);

}  // namespace podwright
