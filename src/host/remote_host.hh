// SshHost: one server as the RemoteHost port describes it.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "deploy/hosts.hh"
#include "host/connection.hh"
#include "host/runtime.hh"
#include "route/haproxy.hh"
#include "ship/layout.hh"

namespace podwright::host {

// Where images come from: the local Podman's, and the one that the servers' proxies run from.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  virtual ship::Layout& layout() = 0;
  virtual Result<std::string> proxy_image(std::stop_token stop) = 0;  // its id; composed when it is missing
};

class SshHost final : public podwright::RemoteHost {
 public:
  SshHost(std::unique_ptr<Connection> connection, ImageSource& images);

  Runtime& runtime() override { return runtime_; }
  Proxy& proxy() override { return proxy_; }
  Status connect() override;
  std::string address() override;
  Result<Shipment> bring_image(const std::string& id, const std::string& reference, const ShipProgress& progress, std::stop_token stop) override;

 private:
  std::unique_ptr<route::ProxyHome> proxy_home();
  Status start_proxy();

  std::unique_ptr<Connection> connection_;
  ImageSource& images_;
  HostRuntime runtime_;
  route::Haproxy proxy_;
};

}  // namespace podwright::host
