// PodmanRuntime runs containers through the libpod API of one Podman, local or remote.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "deploy/runtime.hh"
#include "podman/client.hh"
#include "podman/spec.hh"

namespace podwright::podman {

// Whose processes a Podman's containers are. Elsewhere nothing can be learnt from a pid: instances carry none then.
enum class Machine { here, elsewhere };

class PodmanRuntime final : public Runtime {
 public:
  // `installation` is the value of our label kLabelInstallation: what carries another value, or none, is not ours.
  PodmanRuntime(Client client, std::string installation, Machine machine = Machine::here);

  Result<std::string> version() override;  // Error{unavailable} when missing, hung or older than 4.3

  Result<Instance> create(const InstanceSpec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, Millis grace) override;
  Status remove(const std::string& name) override;
  Result<Instance> inspect(const std::string& name) override;
  Result<std::vector<Instance>> list(const Labels& labels) override;

  Status logs(const std::string& name, const LogOptions& options, const LogSink& sink, std::stop_token stop) override;
  Result<ExecResult> exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) override;

  Result<ImageInfo> image(const std::string& reference) override;
  Result<std::vector<ImageInfo>> images(const Labels& labels) override;
  Status remove_image(const std::string& id) override;
  Status remove_app(const Labels& labels, bool volumes) override;

  // The limits that this machine cannot set ("memory", "cpu", "pids") and containers therefore run without.
  Result<std::vector<std::string>> limits_missing();

 private:
  Result<HostFacts> facts();
  Result<boost::json::object> inspected(const std::string& name);
  Result<boost::json::object> ours(const std::string& name);  // inspected, or Error{conflict} when it is foreign
  bool is_ours(const Labels& labels) const;
  bool is_gone(const Instance& instance) const;  // Podman says that it runs, but its process is dead
  Result<Instance> settled(const std::string& name, boost::json::object inspected);
  Result<Instance> existing(const InstanceSpec& spec);
  Status ensure_network(const InstanceSpec& spec);
  Status ensure_volume(const InstanceSpec& spec, const Volume& volume);
  Status check_owner(const std::string& path, std::string_view what, std::string_view labels_key);
  Status signal(const std::string& name, const std::string& signal);
  Status start_exec(const std::string& id, Millis limit, std::string& output);
  void kill_exec(const std::string& id);
  Status remove_listed(const std::string& kind, const Labels& labels);

  Client client_;
  std::string installation_;
  Machine machine_;
  Synced<std::optional<HostFacts>> facts_{std::nullopt};
};

}  // namespace podwright::podman
