// Reads the libpod API's JSON: containers (inspect and list), images. Pure. Missing or mistyped fields read as empty:
// what matters is checked where it matters (see check_created).
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "deploy/runtime.hh"

namespace podwright::podman {

const boost::json::object& object_at(const boost::json::object& object, std::string_view key);
const boost::json::array& array_at(const boost::json::object& object, std::string_view key);
std::string string_at(const boost::json::object& object, std::string_view key);  // "" when it is no string
long long integer_at(const boost::json::object& object, std::string_view key);   // 0 when it is no integer
bool bool_at(const boost::json::object& object, std::string_view key);

InstanceState state_named(std::string_view name);                    // "configured", "running", …
Instance instance_of(const boost::json::object& inspected);         // GET /containers/NAME/json
Instance instance_of_listed(const boost::json::object& listed);     // an element of GET /containers/json
ImageInfo image_of(const boost::json::object& inspected);           // GET /images/NAME/json
ImageInfo image_of_listed(const boost::json::object& listed);       // an element of GET /images/json

// The signal that stops the container: a number on 4.x (and under /v4), a name on 5.x; "15" when unset.
std::string stop_signal_of(const boost::json::object& inspected);

}  // namespace podwright::podman
