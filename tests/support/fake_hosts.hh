// FakeHosts: servers in memory, each with a fake Runtime and a fake Proxy. Tests cut their links and make shipping
// fail.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "deploy/hosts.hh"
#include "support/fake_proxy.hh"
#include "support/fake_runtime.hh"

namespace podwright::test {

class FakeHost final : public RemoteHost {
 public:
  explicit FakeHost(std::string installation, std::string address)
      : containers(std::move(installation)), address_(std::move(address)) {}

  Runtime& runtime() override { return containers; }
  Proxy& proxy() override { return traffic; }
  std::string address() override { return address_; }
  Status connect() override;
  Result<Shipment> bring_image(const std::string& id, const std::string& reference,
                                            const ShipProgress& progress, std::stop_token stop) override;

  FakeRuntime containers;
  FakeProxy traffic;
  bool is_cut = false;               // nothing reaches it
  std::vector<std::string> shipped;  // ids of images, in order

 private:
  std::string address_;
};

class FakeHosts final : public Hosts {
 public:
  FakeHost& add(const std::string& name, const std::string& installation, std::vector<std::string> labels = {});
  Result<RemoteHost*> host(const std::string& name) override;
  Result<std::vector<std::string>> labelled(const std::vector<std::string>& labels) override;

 private:
  struct Entry {
    std::unique_ptr<FakeHost> host;
    std::vector<std::string> labels;
  };
  std::map<std::string, Entry> hosts_;
};

}  // namespace podwright::test
