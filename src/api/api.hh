// The REST API, version 1: routes and their handlers over the engine. docs/api.md describes it for users.
#pragma once

#include <functional>
#include <string>

#include "build/builder.hh"
#include "host/roster.hh"
#include "net/router.hh"
#include "orchestrate/engine.hh"

namespace podwright::api {

struct Context {
  orchestrate::Engine& engine;
  host::Roster& hosts;
  std::string version;              // of the program
  std::function<void()> shut_down;  // asks the daemon to stop; returns at once
};

net::Router make_router(Context context);

}  // namespace podwright::api
