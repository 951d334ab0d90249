#include "source/git_failure.hh"

#include <algorithm>
#include <initializer_list>

#include "base/text.hh"

namespace podwright::source {

namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> marks) {
  return std::ranges::any_of(marks, [&](auto mark) { return text.contains(mark); });
}

// The line that says why; git ends some failures with advice ("Please make sure you have the correct access rights …").
std::string reason(std::string_view said) {
  std::string_view found;
  for (auto line : split_lines(said)) {
    line = trim(line.substr(line.rfind('\r') == line.npos ? 0 : line.rfind('\r') + 1));
    bool is_verdict = line.starts_with("fatal:") || line.starts_with("error:") || line.starts_with("ERROR:");
    bool says_nothing = line.contains("Could not read from remote repository") && !found.empty();
    if (!says_nothing && (is_verdict || (found.empty() && !line.empty()))) found = line;
  }
  return printable(found.substr(0, 300));
}

}  // namespace

bool is_missing_ref(std::string_view said) {
  return has_any(said, {"couldn't find remote ref", "not our ref", "no such remote ref", "unadvertised object", "Server does not allow request for"});
}

bool is_redirect(std::string_view said) {
  return has_any(said, {"returned error: 301", "returned error: 302", "returned error: 307", "returned error: 308", "unable to update url base from redirection"});
}

Error git_failure(std::string_view said, const std::string& address, const std::string& ref) {
  if (is_missing_ref(said))
    return error(ErrorCode::not_found, "{} has no {}", address, ref.empty() ? "default branch" : "branch, tag or commit '" + ref + "'")
        .with_hint("git ls-remote shows the branches and tags that it has");
  if (has_any(said, {"Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"}))
    return error(ErrorCode::denied, "the host key of {} is not the known one", address)
        .with_hint("compare it with the one that the host publishes, then change ~/.ssh/known_hosts");
  if (has_any(said, {"could not read Username", "could not read Password", "Authentication failed", "Permission denied", "returned error: 403",
                     "returned error: 401", "terminal prompts disabled"}))
    return error(ErrorCode::denied, "{} does not exist or needs credentials: {}", address, reason(said))
        .with_hint("check the address; for a private repository set up a git credential helper or an ssh key for the user that runs podwright");
  if (is_redirect(said))
    return error(ErrorCode::denied, "{} redirects to another address", address).with_hint("give the address that it redirects to");
  if (has_any(said, {"not found", "does not exist", "does not appear to be a git repository", "returned error: 404"}))
    return error(ErrorCode::not_found, "there is no repository at {}", address).with_hint("check the address and whether it is private");
  if (has_any(said, {"No space left on device"}))
    return error(ErrorCode::exhausted, "the disk is full while fetching {}", address).with_hint("free space and deploy again");
  if (has_any(said, {"Could not resolve", "Connection refused", "timed out", "Timeout", "too slow", "Connection reset", "unexpected disconnect",
                     "early EOF", "hung up", "Network is unreachable", "returned error: 5", "unable to access"}))
    return error(ErrorCode::unavailable, "{} cannot be reached: {}", address, reason(said)).with_hint("check the address and the network, then try again");
  return error(ErrorCode::failed, "{} cannot be fetched: {}", address, reason(said));
}

}  // namespace podwright::source
