// Out of memory, as the kernel counts it: Podman's own flag misses a process that ran below an init process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

namespace podwright {

// The file with the counter of the memory cgroup that /proc/PID/cgroup names: memory.oom_control of version 1, where
// that has the controller, else memory.events of version 2. Empty when there is neither. Pure; see cgroups(7).
std::filesystem::path oom_counter_file(std::string_view proc_cgroup);

// "oom_kill 3" in the text of either file; 0 when it is not there. Pure.
long oom_kills(std::string_view counter);

// Counts the processes of one container that were killed for lack of memory from the moment when this was made.
class OomCounter {
 public:
  OomCounter() = default;  // counts nothing
  explicit OomCounter(pid_t pid);

  // Ask it at once when the container ended: the counter goes with its cgroup, some 100 ms later.
  long kills() const;

 private:
  std::filesystem::path file_;
  long before_ = 0;
};

}  // namespace podwright
