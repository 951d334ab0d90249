#include "build/controllers.hh"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/fs.hh"
#include "base/text.hh"

namespace podwright::build {

namespace {

bool lists(const std::string& text, std::string_view controller) {
  auto words = split_words(trim(text));
  return std::ranges::find(words, controller) != words.end();
}

Controllers look_up() {
  const fs::path root = "/sys/fs/cgroup";
  std::error_code ignored;
  if (fs::exists(root / "memory", ignored) || fs::exists(root / "cpu", ignored))  // version 1 belongs to root
    return ::geteuid() == 0 ? Controllers{fs::exists(root / "memory/memory.limit_in_bytes", ignored), fs::exists(root / "cpu/cpu.shares", ignored)} : Controllers{};
  auto own = ::geteuid() == 0 ? root : root / fmt::format("user.slice/user-{0}.slice/user@{0}.service", ::geteuid());
  auto text = read_file(own / "cgroup.controllers", 4096).value_or("");
  return {lists(text, "memory"), lists(text, "cpu")};
}

}  // namespace

Controllers build_controllers() {
  static const Controllers found = look_up();
  return found;
}

}  // namespace podwright::build
