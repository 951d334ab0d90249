// What both ways of running a container decide alike: podman/ through the API, export/ as units. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/service.hh"

namespace podwright::deploy {

struct Tmpfs {
  std::string target;
  std::string size;  // "256m"
};
inline constexpr std::array<std::string_view, 4> kTmpfsOptions{"rw", "nosuid", "nodev", "mode=1777"};

// The writable folders of a read-only root: the service's own, and the two that ordinary programs expect. A volume's
// target is none of them.
std::vector<Tmpfs> tmpfs_mounts(const Service& service);

// "rw,nosuid,nodev": nothing on a volume is a device, and no program there gets another user's rights.
std::vector<std::string> volume_options(const Volume& volume);

inline constexpr long long kCpuPeriodUs = 100'000;
long long cpu_quota_us(const Limits& limits);  // of each period; the kernel's least is 1 ms

// nproc counts a user's processes in all containers, so pids is the real limit; Podman's own is as low as this.
inline constexpr long long kMaxTasksPerUser = 32768;

long long stop_seconds(const Service& service);  // whole ones, as Podman counts

}  // namespace podwright::deploy
