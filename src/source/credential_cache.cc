#include "source/credential_cache.hh"

#include "base/spawn.hh"
#include "source/git_command.hh"

namespace podwright::source {

Result<CredentialCache> CredentialCache::hold(const GitUrl& url, int lifetime_s, std::stop_token stop) {
  CredentialCache cache(TRY(TempDir::make("podwright-git")));
  // git hands a helper's line to a shell: nothing in ours may mean something to it.
  if (auto plain = cache.socket(); plain.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") != plain.npos)
    return fail(error(ErrorCode::failed, "the folder for temporary files has an unusual name").with_hint("set TMPDIR to a plain path such as /tmp"));
  auto store = git({.directory = "/"}, {"credential-cache", "--timeout=" + std::to_string(lifetime_s), "--socket=" + cache.socket(), "store"});
  store.input = fmt::format("protocol={}\nhost={}\nusername={}\npassword={}\n", url.scheme == Scheme::https ? "https" : "http",
                            url.host_and_port(), url.user, url.password);
  auto stored = TRY(run(store, stop));
  if (stored.exit_code != 0) return fail(ErrorCode::failed, "git-credential-cache cannot be started");
  return cache;
}

CredentialCache::~CredentialCache() {
  if (folder_.path().empty()) return;  // moved from
  auto leave = git({.directory = "/"}, {"credential-cache", "--socket=" + socket(), "exit"});
  leave.limit = std::chrono::seconds(5);
  static_cast<void>(run(leave));
}

std::vector<std::string> CredentialCache::settings() const {
  return {"credential.helper=", "credential.helper=cache --socket=" + socket()};
}

}  // namespace podwright::source
