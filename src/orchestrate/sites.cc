#include "orchestrate/sites.hh"

#include <algorithm>

namespace podwright::orchestrate {

Result<Site> Sites::at(const std::string& host) {
  if (host.empty()) return here();
  if (!ports_.hosts) return fail(ErrorCode::not_found, "there is no host '{}'", host);
  auto* remote = TRY(ports_.hosts->host(host));
  Ports there{ports_.store, remote->runtime(), remote->proxy(), ports_.builder, ports_.hosts};
  auto retirers = retirers_.lock();
  auto& retirer = (*retirers)[host];
  if (!retirer) retirer = std::make_unique<Retirer>(there);
  return Site{host, there, nullptr, *retirer, remote};
}

Result<std::vector<Placement>> Sites::placements(const AppKey& key) {
  auto placements = TRY(ports_.store.placements(key));
  bool here = std::ranges::any_of(placements, [](const Placement& placement) { return placement.host.empty(); });
  if (!here) placements.insert(placements.begin(), Placement{});
  return placements;
}

Result<Placement> placement_at(Store& store, const AppKey& key, const std::string& place) {
  for (const auto& placement : TRY(store.placements(key)))
    if (placement.host == place) return placement;
  return Placement{.host = place};
}

}  // namespace podwright::orchestrate
