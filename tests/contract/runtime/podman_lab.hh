#pragma once

#include "contract/runtime/lab.hh"
#include "podman/client.hh"
#include "podman/runtime.hh"

namespace podwright::contract {

class PodmanLab final : public Lab {
 public:
  PodmanLab();
  ~PodmanLab() override;

  std::string name() const override { return "podman"; }
  podman::PodmanRuntime& runtime() override { return runtime_; }
  std::string image() const override { return image_; }
  podman::Client& client() { return client_; }
  void add_foreign(const std::string& name) override;

  Words serves() const override { return {"httpd", "-f", "-p", "8080", "-h", "/www"}; }
  Words exits_with_7() const override { return {"sh", "-c", "exit 7"}; }
  Words ignores_term() const override { return {"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}; }
  Words logs_three_lines() const override { return {"sh", "-c", "echo one; echo two; echo three; exec httpd -f -p 8080 -h /www"}; }
  void wait_until_settled(const std::string& name) override;

  std::string log_of(const std::string& name);

 private:
  podman::Client client_;
  podman::PodmanRuntime runtime_;
  std::string image_;
  std::vector<std::string> foreign_;
};

}  // namespace podwright::contract
