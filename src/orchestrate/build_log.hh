// The build log of one deployment: a file with a cap, written as the build prints.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fd.hh"
#include "base/result.hh"

namespace podwright::orchestrate {

class BuildLog {
 public:
  static Result<BuildLog> open(const std::filesystem::path& state_dir, const std::string& deployment);
  static std::filesystem::path path(const std::filesystem::path& state_dir, const std::string& deployment);

  // Lines as they come; what goes beyond the cap (10 MiB) is dropped, with one line that says so.
  void write(std::string_view text);

 private:
  explicit BuildLog(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  size_t written_ = 0;
};

}  // namespace podwright::orchestrate
