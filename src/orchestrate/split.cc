#include "orchestrate/split.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hh"
#include "model/name.hh"

namespace podwright::orchestrate {

namespace {

constexpr size_t kLongestName = 40;
constexpr size_t kLongestPart = 30;  // something of the prefix always stays

std::string list_of(const Analysis& analysis) {
  std::string list;
  for (const auto& service : analysis.services)
    list += fmt::format("\n  --path {:<20} {} {}", printable(service.root), service.language, service.framework);
  return list;
}

Status refuse(const Prepared& prepared, const std::string& what) {
  return fail(error(ErrorCode::invalid, "{} cannot hold for {} services; choose one:{}", what,
                    prepared.analysis.services.size(), list_of(prepared.analysis))
                  .with_hint("deploy each with --path, or put what differs into a podwright.yaml in its folder"));
}

// Only a name, the common prefix, and the folder where the services lie make sense for all of them.
Status check_shared(const Prepared& prepared, const DeployRequest& request) {
  if (request.port != 0) return refuse(prepared, "--port");
  if (!request.domains.empty()) return refuse(prepared, "--domain");
  for (const auto& key : prepared.config.keys)
    if (key != "name" && !(key == "build" && prepared.config.root))
      return refuse(prepared, fmt::format("'{}' in {}", printable(key), prepared.config.file));
  return {};
}

std::string last_part(const std::string& folder) {
  return folder.substr(folder.rfind('/') + 1);
}

std::string app_name(const std::string& prefix, const std::string& text) {
  auto part = to_app_name(text).substr(0, kLongestPart);
  return to_app_name(prefix.substr(0, kLongestName - 1 - part.size()) + "-" + part);
}

bool all_differ(const std::vector<std::string>& names) {
  return std::set(names.begin(), names.end()).size() == names.size();
}

}  // namespace

Result<std::vector<std::string>> service_app_names(const std::string& prefix, const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const auto& folder : folders) {
    bool is_alone = std::ranges::count(folders, last_part(folder), last_part) == 1;
    names.push_back(app_name(prefix, is_alone ? last_part(folder) : folder));
  }
  if (all_differ(names)) return names;
  return fail(error(ErrorCode::invalid, "the services of {} cannot be told apart by the names of their folders", prefix)
                  .with_hint("deploy each with --path DIR --app NAME"));
}

Result<std::vector<DeployRequest>> split(const Source& source, const Prepared& prepared, const DeployRequest& request) {
  const auto& services = prepared.analysis.services;
  if (services.size() == 1 || services.front().root == prepared.folder) return std::vector<DeployRequest>{};
  TRY(check_shared(prepared, request));
  std::vector<std::string> folders;
  for (const auto& service : services) folders.push_back(service.root);
  auto names = TRY(service_app_names(request.app, folders));
  std::vector<DeployRequest> parts;
  for (size_t i = 0; i < folders.size(); ++i) {
    TRY(check_relative_path(folders[i]));
    auto& part = parts.emplace_back(request);
    part.app = names[i];
    part.path = folders[i];
    if (TRY(classify(request.location)) == SourceKind::git) part.ref = source.commit;
  }
  return parts;
}

}  // namespace podwright::orchestrate
