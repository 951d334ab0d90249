#include "health/oom.hh"

#include <algorithm>

#include "base/fs.hh"
#include "base/text.hh"

namespace podwright {

namespace {

constexpr size_t kMost = 64 << 10;

long count_in(const fs::path& file) {
  return file.empty() ? 0 : oom_kills(read_file(file, kMost).value_or(""));
}

}  // namespace

// Lines of "number:controller,controller:/path"; version 2 has no controllers.
fs::path oom_counter_file(std::string_view proc_cgroup) {
  std::string unified;
  for (auto line : split_lines(proc_cgroup)) {
    auto parts = split(line, ':');
    if (parts.size() < 3 || !parts[2].starts_with('/')) continue;
    auto path = line.substr(static_cast<size_t>(parts[2].data() - line.data()));  // a path may hold a colon
    auto controllers = split(parts[1], ',');
    if (std::ranges::find(controllers, "memory") != controllers.end())
      return "/sys/fs/cgroup/memory" + std::string(path) + "/memory.oom_control";
    if (parts[1].empty()) unified = "/sys/fs/cgroup" + std::string(path) + "/memory.events";
  }
  return unified;
}

long oom_kills(std::string_view counter) {
  for (auto line : split_lines(counter))
    if (line.starts_with("oom_kill ")) return static_cast<long>(parse_integer(line.substr(9)).value_or(0));
  return 0;
}

OomCounter::OomCounter(pid_t pid)
    : file_(oom_counter_file(read_file(fs::path("/proc") / std::to_string(pid) / "cgroup", kMost).value_or(""))),
      before_(count_in(file_)) {}

long OomCounter::kills() const {
  return std::max(0L, count_in(file_) - before_);
}

}  // namespace podwright
