// Hosts: the port through which releases reach servers. host/ implements it over SSH; tests/support has a fake.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "deploy/runtime.hh"
#include "route/proxy.hh"

namespace podwright {

// How an image came to a server.
struct Shipment {
  long long bytes_sent = 0;
  long long bytes_total = 0;  // of all its layers
  Millis took{0};
};

// Told now and then while bytes travel.
using ShipProgress = std::function<void(long long sent, long long total)>;

// A server: the same two ports as this machine's, reached over SSH, and the way images get there. Its runtime and its
// proxy connect when they are used and answer Error{unavailable} while the server cannot be reached. Safe from any
// thread.
class RemoteHost {
 public:
  virtual ~RemoteHost() = default;
  virtual Runtime& runtime() = 0;
  virtual Proxy& proxy() = 0;

  // Looks whether it can be reached and can run what we bring. The error says what is missing there.
  virtual Status connect() = 0;
  virtual std::string address() = 0;  // for URLs: its host name or IP address; "" while it was never reached

  // The image with this id and under this name is there afterwards; only what is missing travels. Idempotent.
  virtual Result<Shipment> bring_image(const std::string& id, const std::string& reference,
                                       const ShipProgress& progress, std::stop_token stop) = 0;
};

// The servers that `host add` made known.
class Hosts {
 public:
  virtual ~Hosts() = default;
  // The names of the servers that carry all of these "key=value" labels. Error{not_found} when there is none.
  virtual Result<std::vector<std::string>> labelled(const std::vector<std::string>& labels) = 0;
  // The same object for as long as the daemon runs. Error{not_found}.
  virtual Result<RemoteHost*> host(const std::string& name) = 0;
};

}  // namespace podwright
