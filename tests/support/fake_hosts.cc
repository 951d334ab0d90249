#include "support/fake_hosts.hh"

#include <algorithm>

namespace podwright::test {

Status FakeHost::connect() {
  if (is_cut) return fail(ErrorCode::unavailable, "{} does not answer", address_);
  return traffic.ensure_running({});
}

Result<Shipment> FakeHost::bring_image(const std::string& id, const std::string& reference,
                                                    const ShipProgress& progress, std::stop_token) {
  if (is_cut) return fail(ErrorCode::unavailable, "{} does not answer", address_);
  shipped.push_back(id);
  containers.add_image({.id = id, .digest = {}, .names = {reference}, .labels = {}});
  progress(10, 10);
  return Shipment{.bytes_sent = 10, .bytes_total = 1000};
}

FakeHost& FakeHosts::add(const std::string& name, const std::string& installation, std::vector<std::string> labels) {
  auto& entry = hosts_[name];
  entry = {std::make_unique<FakeHost>(installation, name + ".example"), std::move(labels)};
  return *entry.host;
}

Result<RemoteHost*> FakeHosts::host(const std::string& name) {
  auto found = hosts_.find(name);
  if (found == hosts_.end()) return fail(ErrorCode::not_found, "there is no host '{}'", name);
  return found->second.host.get();
}

Result<std::vector<std::string>> FakeHosts::labelled(const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : hosts_)
    if (std::ranges::all_of(
            labels, [&](const auto& label) { return std::ranges::find(entry.labels, label) != entry.labels.end(); }))
      names.push_back(name);
  if (names.empty()) return fail(ErrorCode::not_found, "no host carries these labels");
  return names;
}

}  // namespace podwright::test
