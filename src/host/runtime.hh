// HostRuntime: the Runtime port on a server, where systemd owns the containers. An instance is a unit: creating it
// installs files, starting it is a job of systemd, and what runs is asked of the server's Podman. So everything goes on
// without us, over a reboot as well.
//
// Values that the user set (Service::secret_env) become Podman secrets of the release; all else stands in the unit.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/synced.hh"
#include "deploy/runtime.hh"
#include "host/connection.hh"
#include "host/survey.hh"

namespace podwright::host {

class HostRuntime final : public Runtime {
 public:
  explicit HostRuntime(Connection& connection) : connection_(connection) {}

  Result<std::string> version() override;

  Result<Instance> create(const InstanceSpec& spec) override;
  Status start(const std::string& name) override;
  Status stop(const std::string& name, Millis grace) override;
  Status remove(const std::string& name) override;
  Result<Instance> inspect(const std::string& name) override;  // pid is 0; `socket` leads to the published port
  Result<std::vector<Instance>> list(const Labels& labels) override;

  // From the journal: also of a container that is gone.
  Status logs(const std::string& name, const LogOptions& options, const LogSink& sink, std::stop_token stop) override;
  Result<ExecResult> exec(const std::string& name, const std::vector<std::string>& argv, Millis limit) override;

  Result<ImageInfo> image(const std::string& reference) override;
  Result<std::vector<ImageInfo>> images(const Labels& labels) override;
  Status remove_image(const std::string& id) override;
  Status remove_app(const Labels& labels, bool volumes) override;

 private:
  const std::string& installation() const { return connection_.installation(); }
  Result<std::vector<InstalledUnit>> survey();
  Result<units::UnitSpec> unit_spec(const InstanceSpec& spec, const std::vector<InstalledUnit>& installed);
  Status store_secrets(Server& server, const InstanceSpec& spec, const units::UnitSpec& unit);
  Status forget_secrets(Server& server, const Labels& labels, const std::vector<InstalledUnit>& installed, const std::string& removed);
  Status explain_start(Server& server, const std::string& name, Error problem);
  bool is_one_off(const std::string& name) { return one_offs_.lock()->contains(name); }

  Connection& connection_;
  Synced<std::set<std::string>> one_offs_;  // containers without a unit, made by us and not yet removed
};

}  // namespace podwright::host
