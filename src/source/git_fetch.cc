#include "source/git_fetch.hh"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/fs.hh"
#include "base/spawn.hh"
#include "base/text.hh"
#include "source/credential_cache.hh"
#include "source/git_command.hh"
#include "source/git_failure.hh"
#include "source/git_listing.hh"
#include "source/host_guard.hh"

namespace podwright::source {

namespace {

using Progress = std::function<void(std::string_view)>;

// What all the repositories of one fetch share.
struct Journey {
  GitBounds bounds;
  bool allow_private;
  std::stop_token stop;
  const Progress& progress;
  size_t submodules = 0;
};

bool is_hex(std::string_view ref) {
  return ref.size() >= 7 && ref.size() <= 40 && std::ranges::all_of(ref, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool has_https_proxy() { return std::getenv("https_proxy") != nullptr; }

// Settings that hold git to the addresses that were checked, so that the name cannot mean another host a moment later.
// ssh finds its host itself (aliases, jump hosts): what the user's ~/.ssh/config says is the user's word.
Result<std::vector<std::string>> guard_host(const GitUrl& url, bool allow_private) {
  if (allow_private) return std::vector<std::string>{};
  auto addresses = resolve_public(url.host);
  bool others_resolve = url.scheme == Scheme::ssh || has_https_proxy();
  if (!addresses && addresses.error().code == ErrorCode::unavailable && others_resolve) return std::vector<std::string>{};
  if (!addresses) return fail(std::move(addresses).error());
  if (url.scheme == Scheme::ssh || is_address_literal(url.host)) return std::vector<std::string>{};
  return std::vector{fmt::format("http.curloptResolve={}:{}:{}", url.host, url.port ? url.port : 443, join(*addresses, ","))};
}

std::string protocols_for(const GitUrl& url) { return url.scheme == Scheme::http ? "http" : "https:ssh"; }

// One repository being fetched into one folder.
class Checkout {
 public:
  Checkout(Journey& journey, const GitUrl& url, const std::string& ref, fs::path into)
      : journey_(journey), url_(url), ref_(ref), git_{.directory = std::move(into), .protocols = protocols_for(url)} {}

  Result<std::string> fetch() {
    git_.settings = TRY(guard_host(url_, journey_.allow_private));
    if (url_.has_credentials()) {
      credentials_.emplace(TRY(CredentialCache::hold(url_, 2 * journey_.bounds.limit_s, journey_.stop)));
      for (auto& setting : credentials_->settings()) git_.settings.push_back(std::move(setting));
    }
    TRY(make_directories(git_.directory));
    TRY(run_ok(git(git_, {"init", "--quiet", "--template="}), journey_.stop));
    journey_.progress(fmt::format("fetching {} of {}", ref_.empty() ? "the default branch" : printable(ref_), url_.address()));
    auto revision = TRY(receive());
    auto sha = std::string(trim(TRY(run_ok(git(git_, {"rev-parse", "--verify", "--end-of-options", revision + "^{commit}"}), journey_.stop))));
    TRY(list(sha));
    TRY(check_out(sha));
    return sha;
  }

  const std::vector<Submodule>& submodules() const { return submodules_; }

 private:
  // Answers the revision that was asked for, under a name that it has here.
  Result<std::string> receive() {
    auto said = TRY(transfer({"--depth=1", "--no-tags"}, {ref_.empty() ? "HEAD" : ref_}));
    if (is_redirect(said) && !url_.path.ends_with(".git")) {  // some servers answer only under the full name
      url_.path += ".git";
      said = TRY(transfer({"--depth=1", "--no-tags"}, {ref_.empty() ? "HEAD" : ref_}));
    }
    if (said.empty()) return "FETCH_HEAD";
    if (!is_missing_ref(said) || !is_hex(ref_)) return fail(git_failure(said, url_.address(), ref_));
    journey_.progress("the server does not hand out that commit by itself: fetching the history");
    said = TRY(transfer({}, {"+refs/heads/*:refs/fetched/heads/*", "+refs/tags/*:refs/fetched/tags/*"}));
    if (!said.empty()) return fail(git_failure(said, url_.address(), ref_));
    auto found = TRY(run(git(git_, {"rev-parse", "--verify", "--quiet", "--end-of-options", ref_ + "^{commit}"}), journey_.stop));
    if (found.exit_code != 0) return fail(git_failure("not our ref", url_.address(), ref_));
    return std::string(trim(found.out));
  }

  // Empty on success, else what git said. Stops when the pack grows beyond its bound.
  Result<std::string> transfer(const std::vector<std::string>& options, const std::vector<std::string>& refs) {
    std::vector<std::string> arguments{"fetch", "--progress", "--no-recurse-submodules", "--force"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"--", url_.address()});
    arguments.insert(arguments.end(), refs.begin(), refs.end());
    std::stop_source halt;
    std::stop_callback forward(journey_.stop, [&] { halt.request_stop(); });
    bool is_too_large = false;
    auto watch = [&](std::string_view) {
      is_too_large |= received_bytes() > journey_.bounds.pack_bytes;
      if (is_too_large) halt.request_stop();
    };
    auto finished = run(limited(arguments), halt.get_token(), {}, watch);
    if (is_too_large)
      return fail(error(ErrorCode::exhausted, "{} is larger than {}", url_.address(), format_bytes(journey_.bounds.pack_bytes))
                      .with_hint("deploy a folder that you checked out yourself"));
    if (!finished) return fail(std::move(finished).error());
    if (finished->exit_code == 0) return std::string();
    return finished->err.empty() ? fmt::format("git exit code {}", finished->exit_code) : std::move(finished->err);
  }

  Command limited(const std::vector<std::string>& arguments) const {
    auto command = git(git_, arguments);
    command.limit = std::chrono::seconds(journey_.bounds.limit_s);
    command.max_output = 64 << 10;
    return command;
  }

  long long received_bytes() const {
    std::error_code problem;
    long long total = 0;
    for (fs::directory_iterator at(git_.directory / ".git/objects/pack", problem), end; !problem && at != end; at.increment(problem)) {
      auto size = at->file_size(problem);
      if (!problem) total += static_cast<long long>(size);
      problem.clear();  // a file may go while we look
    }
    return total;
  }

  Status list(const std::string& sha) {
    GitListing listing(journey_.bounds.entries, journey_.bounds.tree_bytes);
    std::stop_source halt;
    std::stop_callback forward(journey_.stop, [&] { halt.request_stop(); });
    auto finished = run(limited({"ls-tree", "-r", "-l", "-z", "--full-tree", sha}), halt.get_token(), [&](std::string_view chunk) {
      listing.take(chunk);
      if (listing.is_beyond()) halt.request_stop();
    });
    TRY(listing.status());
    if (!finished) return fail(std::move(finished).error());
    if (finished->exit_code != 0) return fail(git_failure(finished->err, url_.address(), ref_));
    submodules_ = listing.submodules();
    if (submodules_.empty()) return {};
    auto config = TRY(run(git(git_, {"config", "--blob", sha + ":.gitmodules", "-z", "--get-regexp", "^submodule\\."}), journey_.stop));
    add_urls(submodules_, config.out);
    return {};
  }

  Status check_out(const std::string& sha) {
    auto finished = TRY(run(limited({"checkout", "--quiet", "--force", "--detach", sha}), journey_.stop));
    if (finished.exit_code != 0) return fail(git_failure(finished.err, url_.address(), ref_));
    if (auto attributes = read_file(git_.directory / ".gitattributes"); attributes && attributes->contains("filter=lfs"))
      journey_.progress("files in Git LFS are not fetched: their pointer files are in their place");
    std::error_code problem;
    fs::remove_all(git_.directory / ".git", problem);
    if (problem) return fail(ErrorCode::failed, "cannot remove the fetched history: {}", problem.message());
    return {};
  }

  Journey& journey_;
  GitUrl url_;
  std::string ref_;
  GitOptions git_;
  std::optional<CredentialCache> credentials_;
  std::vector<Submodule> submodules_;
};

// A submodule on its parent's host is fetched with its parent's credentials unless it brings its own.
void inherit_credentials(GitUrl& url, const GitUrl& parent) {
  bool is_same_host = url.scheme == parent.scheme && url.host == parent.host && url.port == parent.port;
  if (!is_same_host || url.has_credentials()) return;
  url.user = parent.user;
  url.password = parent.password;
}

Result<std::string> fetch_tree(Journey& journey, const GitUrl& url, const std::string& ref, const fs::path& into, int nesting);

Status fetch_submodule(Journey& journey, const GitUrl& parent, const Submodule& submodule, const fs::path& root, int nesting) {
  auto leave_out = [&](std::string_view why) {
    journey.progress(fmt::format("the submodule '{}' is left out: {}", printable(submodule.path), why));
    return Status();
  };
  if (submodule.url.empty()) return leave_out("it has no address");
  auto url = parse_submodule_url(submodule.url, parent, journey.allow_private);
  if (!url) return leave_out(url.error().message);
  if (nesting >= journey.bounds.nesting || ++journey.submodules > journey.bounds.submodules)
    return fail(ErrorCode::exhausted, "the repository has more than {} submodules or nests them deeper than {}", journey.bounds.submodules, journey.bounds.nesting);
  inherit_credentials(*url, parent);
  std::error_code problem;
  auto into = fs::weakly_canonical(root / submodule.path, problem);
  if (problem || into != fs::weakly_canonical(root, problem) / submodule.path)
    return fail(ErrorCode::denied, "the submodule '{}' lies behind a symbolic link", printable(submodule.path));
  auto fetched = fetch_tree(journey, *url, submodule.sha, into, nesting + 1);
  if (!fetched) return fail(std::move(fetched).error().during(fmt::format("fetching the submodule '{}'", printable(submodule.path))));
  return {};
}

Result<std::string> fetch_tree(Journey& journey, const GitUrl& url, const std::string& ref, const fs::path& into, int nesting) {
  Checkout checkout(journey, url, ref, into);
  auto sha = TRY(checkout.fetch());
  for (const auto& submodule : checkout.submodules()) TRY(fetch_submodule(journey, url, submodule, into, nesting));
  return sha;
}

}  // namespace

Result<std::string> fetch_commit(const GitRequest& request, const fs::path& into, std::stop_token stop, const Progress& progress) {
  Journey journey{.bounds = request.bounds, .allow_private = request.allow_private, .stop = std::move(stop), .progress = progress};
  return fetch_tree(journey, request.url, request.ref, into, 0);
}

}  // namespace podwright::source
