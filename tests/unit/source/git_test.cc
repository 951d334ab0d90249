#include "source/git_fetch.hh"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <thread>

#include "base/clock.hh"
#include "base/text.hh"
#include "source/git_failure.hh"
#include "source/git_listing.hh"
#include "support.hh"

using namespace podwright;
using namespace podwright::test;
using namespace podwright::source;

namespace {

// A real git over HTTP on a free port of this machine, with one bare repository a test fills.
class Server {
 public:
  Server() {
    auto port_file = dir_.path() / "port";
    auto pid = spawn_detached({.argv = {"python3", PODWRIGHT_SOURCE_DIR "/tests/support/git_server.py", root().native(), port_file.native(), log().native()}},
                              (dir_.path() / "server.log").native());
    REQUIRE(pid.has_value());
    pid_ = *pid;
    auto deadline = Deadline::in(std::chrono::seconds(20));
    while (!fs::exists(port_file) && !deadline.passed()) std::this_thread::sleep_for(Millis(5));
    port_ = static_cast<int>(parse_integer(read_file(port_file).value_or("")).value_or(0));
    REQUIRE(port_ > 0);
  }
  ~Server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  fs::path root() const { return dir_.path() / "repositories"; }
  fs::path log() const { return dir_.path() / "requests"; }
  fs::path scratch() { return dir_.path() / ("scratch" + std::to_string(++count_)); }
  std::string url(const std::string& path, const std::string& user = {}) const { return fmt::format("http://{}127.0.0.1:{}/{}", user, port_, path); }

  // A work tree that is pushed to ROOT/path as a bare repository by publish().
  fs::path work(const std::string& path) { return dir_.path() / "work" / path; }
  void publish(const std::string& path) {
    auto bare = root() / path;
    if (!fs::exists(bare)) {
      REQUIRE(make_directories(bare.parent_path(), 0755).has_value());
      git_in(dir_.path(), {"init", "-q", "--bare", bare.native()});
    }
    git_in(work(path), {"push", "-q", "--mirror", bare.native()});
  }
  std::string commit(const std::string& path, const std::string& message = "change") {
    if (!fs::exists(work(path) / ".git")) git_in(work(path), {"init", "-q"});
    git_in(work(path), {"add", "-A"});
    git_in(work(path), {"commit", "-q", "--allow-empty", "-m", message});
    return std::string(trim(sh({"git", "rev-parse", "HEAD"}, work(path))));
  }

  Result<Source> get(const SourceRequest& request) { return fetched(request, scratch(), &said); }

  std::vector<std::string> said;

 private:
  TempDir dir_ = test::scratch();
  pid_t pid_ = 0;
  int port_ = 0;
  int count_ = 0;
};

// Private hosts are allowed while it lives.
struct AllowPrivate {
  AllowPrivate() { ::setenv("PODWRIGHT_ALLOW_PRIVATE_GIT", "1", 1); }
  ~AllowPrivate() { ::unsetenv("PODWRIGHT_ALLOW_PRIVATE_GIT"); }
};

std::string content(const fs::path& path) { return read_file(path).value_or("(missing)"); }

}  // namespace

TEST_CASE("a branch, a tag, a commit, its beginning and the default branch are fetched as plain folders") {
  AllowPrivate allow;
  Server server;
  put(server.work("team/shop.git") / "app.txt", "1");
  auto first = server.commit("team/shop.git");
  git_in(server.work("team/shop.git"), {"tag", "-a", "v1", "-m", "one"});
  put(server.work("team/shop.git") / "app.txt", "2");
  auto second = server.commit("team/shop.git");
  git_in(server.work("team/shop.git"), {"checkout", "-qb", "feature/#1"});
  put(server.work("team/shop.git") / "app.txt", "3");
  auto third = server.commit("team/shop.git");
  git_in(server.work("team/shop.git"), {"checkout", "-q", "main"});
  server.publish("team/shop.git");
  struct {
    std::string ref, commit, content;
  } rows[] = {{"", second, "2"},      {"main", second, "2"}, {"v1", first, "1"}, {"feature/#1", third, "3"}, {"refs/heads/main", second, "2"},
              {first, first, "1"}, {third.substr(0, 9), third, "3"}};
  for (const auto& row : rows) {
    INFO(row.ref);
    auto source = server.get({.location = server.url("team/shop.git"), .ref = row.ref});
    REQUIRE_MESSAGE(source.has_value(), (source ? "" : source.error().text()));
    CHECK(source->commit == row.commit);
    CHECK(source->name == "shop");
    CHECK(source->shown_location == server.url("team/shop.git"));
    CHECK(content(source->dir / "app.txt") == row.content);
    CHECK_FALSE(fs::exists(source->dir / ".git"));
  }
}

TEST_CASE("what is not there is an error that says so") {
  AllowPrivate allow;
  Server server;
  put(server.work("a.git") / "x");
  server.commit("a.git");
  server.publish("a.git");
  for (auto request : {SourceRequest{.location = server.url("a.git"), .ref = "missing"}, SourceRequest{.location = server.url("a.git"), .ref = "deadbeef0"},
                       SourceRequest{.location = server.url("a.git"), .ref = std::string(40, 'a')}, SourceRequest{.location = server.url("b.git")}}) {
    auto source = server.get(request);
    REQUIRE_FALSE(source.has_value());
    INFO(source.error().text());
    CHECK(source.error().code == ErrorCode::not_found);
    CHECK_FALSE(source.error().hint.empty());
  }
  auto unreachable = server.get({.location = "http://127.0.0.1:1/a.git"});
  REQUIRE_FALSE(unreachable.has_value());
  CHECK(unreachable.error().code == ErrorCode::unavailable);
}

TEST_CASE("credentials in the URL open a private repository and are written nowhere") {
  AllowPrivate allow;
  Server server;
  put(server.work("private/a.git") / "x", "1");
  server.commit("private/a.git");
  server.publish("private/a.git");
  auto source = server.get({.location = server.url("private/a.git", "me:s3%3Acret%40word@")});
  REQUIRE_MESSAGE(source.has_value(), (source ? "" : source.error().text()));
  CHECK(source->shown_location == server.url("private/a.git"));
  CHECK(content(source->dir / "x") == "1");
  for (std::string user : {"", "me:wrong-s3cret@", "token-s3cret@"}) {
    auto refused = server.get({.location = server.url("private/a.git", user)});
    REQUIRE_FALSE(refused.has_value());
    INFO(refused.error().text());
    CHECK(refused.error().code == ErrorCode::denied);
    CHECK_FALSE(refused.error().text().contains("s3cret"));
  }
  for (const auto& line : server.said) CHECK_FALSE(line.contains("cret"));
  CHECK_FALSE(content(server.log()).contains("cret"));
}

TEST_CASE("a redirect is not followed to another address") {
  AllowPrivate allow;
  Server server;
  put(server.work("a.git") / "x");
  server.commit("a.git");
  server.publish("a.git");
  auto source = server.get({.location = server.url("moved/a.git")});
  REQUIRE_FALSE(source.has_value());
  CHECK(source.error().code == ErrorCode::denied);
  CHECK(source.error().message.contains("redirects"));
}

TEST_CASE("submodules come from accepted addresses only, at the commit that the parent names") {
  AllowPrivate allow;
  Server server;
  put(server.work("lib.git") / "lib.txt", "pinned");
  auto pinned = server.commit("lib.git");
  server.publish("lib.git");
  put(server.work("app.git") / "app.txt", "1");
  put(server.work("app.git") / ".gitmodules",
      "[submodule \"lib\"]\n\tpath = deps/lib\n\turl = ../lib.git\n[submodule \"evil\"]\n\tpath = deps/evil\n\turl = ext::sh -c touch% /tmp/pw-evil\n"
      "[submodule \"local\"]\n\tpath = deps/local\n\turl = " + (server.root() / "lib.git").native() + "\n");
  git_in(server.work("app.git"), {"init", "-q"});
  for (const char* path : {"deps/lib", "deps/evil", "deps/local", "deps/unnamed"})
    git_in(server.work("app.git"), {"update-index", "--add", "--cacheinfo", "160000," + pinned + "," + path});
  git_in(server.work("app.git"), {"add", "app.txt", ".gitmodules"});
  git_in(server.work("app.git"), {"commit", "-qm", "with submodules"});
  server.publish("app.git");
  put(server.work("lib.git") / "lib.txt", "newer");
  server.commit("lib.git");
  server.publish("lib.git");
  auto source = server.get({.location = server.url("app.git")});
  REQUIRE_MESSAGE(source.has_value(), (source ? "" : source.error().text()));
  CHECK(content(source->dir / "deps/lib/lib.txt") == "pinned");
  CHECK_FALSE(fs::exists(source->dir / "deps/lib/.git"));
  CHECK_FALSE(fs::exists("/tmp/pw-evil"));
  std::string said = join(server.said, "\n");
  for (const char* path : {"'deps/evil' is left out", "'deps/local' is left out", "'deps/unnamed' is left out"}) CHECK(said.contains(path));
}

TEST_CASE("a repository of hostile links, of too many files or that is too large is refused") {
  AllowPrivate allow;
  Server server;
  put(server.work("links.git") / "x");
  fs::create_symlink("../../etc/passwd", server.work("links.git") / "y");
  server.commit("links.git");
  server.publish("links.git");
  auto source = server.get({.location = server.url("links.git")});
  REQUIRE_FALSE(source.has_value());
  CHECK(source.error().code == ErrorCode::denied);

  for (int i = 0; i < 20; ++i) put(server.work("many.git") / std::to_string(i), std::string(1000, 'x'));
  server.commit("many.git");
  server.publish("many.git");
  auto url = parse_location(server.url("many.git"), true)->git;
  for (auto bounds : {GitBounds{.entries = 10}, GitBounds{.tree_bytes = 10'000}}) {
    auto refused = fetch_commit({.url = url, .ref = {}, .allow_private = true, .bounds = bounds}, server.scratch(), {}, [](std::string_view) {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::exhausted);
  }
  std::stop_source stop;
  stop.request_stop();
  CHECK(fetch_commit({.url = url, .ref = {}, .allow_private = true}, server.scratch(), stop.get_token(), [](std::string_view) {}).error().code == ErrorCode::cancelled);
}

TEST_CASE("without the allowance nothing private is contacted") {
  Server server;
  put(server.work("a.git") / "x");
  server.commit("a.git");
  server.publish("a.git");
  CHECK_FALSE(server.get({.location = server.url("a.git")}).has_value());
  CHECK_FALSE(server.get({.location = "https://localhost/a.git"}).has_value());
  CHECK_FALSE(fs::exists(server.log()));
}

TEST_CASE("what git says becomes an error of the right kind") {
  struct {
    const char* said;
    ErrorCode code;
  } rows[] = {{"fatal: couldn't find remote ref x", ErrorCode::not_found},
              {"fatal: remote error: upload-pack: not our ref 123", ErrorCode::not_found},
              {"fatal: could not read Username for 'https://a': terminal prompts disabled", ErrorCode::denied},
              {"git@a: Permission denied (publickey).\r\nfatal: Could not read from remote repository.", ErrorCode::denied},
              {"Host key verification failed.\nfatal: Could not read", ErrorCode::denied},
              {"fatal: repository 'https://a/' not found", ErrorCode::not_found},
              {"fatal: unable to access 'https://a/': Could not resolve host: a", ErrorCode::unavailable},
              {"ssh: connect to host a port 22: Connection refused", ErrorCode::unavailable},
              {"fatal: unable to access 'https://a/': The requested URL returned error: 301", ErrorCode::denied},
              {"fatal: write error: No space left on device", ErrorCode::exhausted},
              {"fatal: \x1b[2Jsomething new", ErrorCode::failed}};
  for (const auto& row : rows) {
    INFO(row.said);
    auto failure = git_failure(row.said, "https://a", "x");
    CHECK(failure.code == row.code);
    CHECK(failure.text().find('\x1b') == std::string::npos);
  }
}

TEST_CASE("ssh's own words are the reason, not git's that follow them") {
  auto failure = git_failure("git@a: Permission denied (publickey).\r\nfatal: Could not read from remote repository.\n\nPlease make sure", "git@a:x", "");
  CHECK(failure.message == "git@a:x does not exist or needs credentials: git@a: Permission denied (publickey).");
}

TEST_CASE("a listing is counted however it is cut, and paths may hold any character") {
  std::string text = "100644 blob aaaa      12\tname with\ttab\nand newline";
  text += '\0';
  text += "160000 commit bbbb       -\tdeps/lib";
  text += '\0';
  for (size_t step : {1u, 7u, 1000u}) {
    GitListing listing(10, 100);
    for (size_t at = 0; at < text.size(); at += step) listing.take(std::string_view(text).substr(at, step));
    CHECK(listing.status().has_value());
    REQUIRE(listing.submodules().size() == 1);
    CHECK(listing.submodules()[0].path == "deps/lib");
  }
  GitListing small(1, 100);
  small.take(text);
  CHECK_FALSE(small.status().has_value());
}
