// Installing a package without a daemon: its service is made, started and confirmed healthy, and what it replaces goes.
// The image is there already (package::load). Where units own the containers, it survives us and a reboot.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "deploy/runtime.hh"
#include "model/app.hh"
#include "package/description.hh"

namespace podwright::orchestrate {

// The service with the values that the package does not carry, and others that are set here. `values` count as secret.
// Error{invalid} that names all variables which have no value. Pure.
Result<Service> service_to_install(const package::Description& description,
                                   const std::map<std::string, std::string>& values);

struct InstallRequest {
  std::string installation;  // whose instances these are
  AppKey key;
  std::string manifest;  // of the package, 64 hex: the same package is the same release
  Service service;       // of service_to_install
};

struct Installed {
  int release = 0;  // as this machine counts
  std::vector<Instance> instances;
  std::vector<std::string> replaced;  // names of what ran before
};

// A step as it begins: "start container pw-…".
using OnStep = std::function<void(const std::string& step)>;

// Idempotent: the same package again changes nothing that is well. An older release runs until the new one is healthy;
// a new one that fails is removed and the older one goes on. Errors: those of Runtime, and failed from the health gate.
Result<Installed> install_package(Runtime& runtime, const InstallRequest& request, const OnStep& on_step,
                                  std::stop_token stop);

}  // namespace podwright::orchestrate
