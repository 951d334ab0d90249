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
  HostRuntime(Connection& connection, std::string installation) : connection_(connection), installation_(std::move(installation)) {}

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
  Result<std::vector<InstalledUnit>> survey(Server& server);
  Result<units::UnitSpec> unit_spec(Server& server, const InstanceSpec& spec, const std::vector<InstalledUnit>& installed);
  Status store_secrets(Server& server, const InstanceSpec& spec, const units::UnitSpec& unit);
  Status install(Server& server, const units::Units& units);
  Status uninstall(Server& server, const std::vector<std::string>& files);
  bool is_one_off(const std::string& name) { return one_offs_.lock()->contains(name); }

  Connection& connection_;
  std::string installation_;
  Synced<std::set<std::string>> one_offs_;  // containers without a unit, made by us and not yet removed
};

}  // namespace podwright::host
