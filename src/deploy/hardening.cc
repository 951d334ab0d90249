#include "deploy/hardening.hh"

#include <algorithm>
#include <chrono>
#include <set>

namespace podwright::deploy {

std::vector<Tmpfs> tmpfs_mounts(const Service& service) {
  std::set<std::string> taken;
  for (const auto& volume : service.volumes) taken.insert(volume.target);
  std::vector<Tmpfs> out;
  for (const auto& target : service.tmpfs)
    if (taken.insert(target).second) out.push_back({target, "256m"});
  if (service.privileges.writable_root) return out;
  for (const char* target : {"/run", "/var/tmp"})
    if (taken.insert(target).second) out.push_back({target, "32m"});
  return out;
}

std::vector<std::string> volume_options(const Volume& volume) {
  return {volume.read_only ? "ro" : "rw", "nosuid", "nodev"};
}

long long cpu_quota_us(const Limits& limits) {
  return std::max(1000LL, limits.cpu_millis * kCpuPeriodUs / 1000);
}

long long stop_seconds(const Service& service) {
  return std::chrono::ceil<std::chrono::seconds>(service.stop_timeout).count();
}

}  // namespace podwright::deploy
