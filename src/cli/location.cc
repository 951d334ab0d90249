#include "cli/location.hh"

#include <filesystem>

namespace podwright::cli {

namespace fs = std::filesystem;

namespace {

// "https://…", "ssh://…", "git@host:path"
bool looks_like_git(const std::string& location) {
  if (location.contains("://")) return true;
  auto colon = location.find(':');
  return colon != location.npos && location.find('/') > colon && location.find('@') < colon;
}

}  // namespace

std::string absolute_location(const std::string& location) {
  std::error_code problem;
  if (!fs::exists(location, problem) && looks_like_git(location)) return location;
  auto full = fs::absolute(location.empty() ? "." : location, problem).lexically_normal();
  if (problem) return location;
  return full.has_filename() ? full.native() : full.parent_path().native();
}

}  // namespace podwright::cli
