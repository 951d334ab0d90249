#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "support.hh"

using namespace podwright;
using namespace podwright::test;

namespace {

fs::path repository(const TempDir& dir) {
  auto root = dir.path() / "shop";
  put(root / "app.js", "1");
  put(root / "services/web/main.go", "2");
  put(root / ".gitignore", "ignored/\n");
  git_in(root, {"init", "-q"});
  git_in(root, {"add", "."});
  git_in(root, {"commit", "-qm", "one"});
  return root;
}

std::string commit_of(const fs::path& root, const TempDir& dir, std::string path = {}) {
  auto source = fetched({.location = root.native(), .path = std::move(path)}, dir.path() / "unused");
  REQUIRE_MESSAGE(source.has_value(), (source ? "" : source.error().text()));
  return source->commit;
}

}  // namespace

TEST_CASE("a folder is used in place and named after itself") {
  auto dir = scratch();
  put(dir.path() / "My App/index.html");
  auto source = fetched({.location = (dir.path() / "My App/../My App").native()}, dir.path() / "unused");
  REQUIRE(source.has_value());
  CHECK(source->dir == fs::canonical(dir.path() / "My App"));
  CHECK(source->path == ".");
  CHECK(source->name == "my-app");
  CHECK(source->commit.starts_with("tree-"));
  CHECK(source->commit.size() == 21);
  CHECK_FALSE(fs::exists(dir.path() / "unused"));
}

TEST_CASE("the commit of a clean repository is its sha, and what differs makes it dirty") {
  auto dir = scratch();
  auto root = repository(dir);
  auto sha = commit_of(root, dir);
  CHECK(sha.size() == 40);
  put(root / "ignored/x");
  CHECK(commit_of(root, dir) == sha);
  put(root / "services/web/new.go");
  CHECK(commit_of(root, dir) == sha + "-dirty");
  CHECK(commit_of(root, dir, "services/web") == sha + "-dirty");
  fs::remove(root / "services/web/new.go");
  put(root / "app.js", "changed");
  CHECK(commit_of(root, dir) == sha + "-dirty");
  CHECK(commit_of(root / "services", dir) == sha);  // nothing differs in there
}

TEST_CASE("a folder that the repository around it does not track is told apart by its files") {
  auto dir = scratch();
  auto root = repository(dir);
  put(root / "ignored/app/index.html");
  CHECK(commit_of(root / "ignored/app", dir).starts_with("tree-"));
}

TEST_CASE("the hash of a tree follows its files, not what package managers put beside them") {
  auto dir = scratch();
  auto root = dir.path() / "app";
  put(root / "a/b.txt", "1");
  auto first = commit_of(root, dir);
  put(root / "node_modules/x/index.js");
  put(root / "env/pyvenv.cfg");
  put(root / "env/bin/python");
  CHECK(commit_of(root, dir) == first);
  put(root / "a/b.txt", "12");
  auto second = commit_of(root, dir);
  CHECK(second != first);
  ::chmod((root / "a/b.txt").c_str(), 0755);
  CHECK(commit_of(root, dir) != second);
}

TEST_CASE("nothing that a repository's configuration names is executed") {
  auto dir = scratch();
  auto root = repository(dir);
  auto trap = dir.path() / "trap";
  auto mark = dir.path() / "sprung";
  put(trap, "#!/bin/sh\ntouch " + mark.native() + "\ncat\n");
  ::chmod(trap.c_str(), 0755);
  put(root / ".gitattributes", "* filter=evil\n");
  git_in(root, {"add", "."});
  git_in(root, {"commit", "-qm", "attributes"});
  for (const char* key : {"core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.sshCommand", "core.pager"})
    git_in(root, {"config", key, trap.native()});
  git_in(root, {"config", "filter.evil.required", "true"});
  for (const char* hook : {"post-index-change", "post-checkout", "fsmonitor-watchman", "pre-commit"}) fs::copy_file(trap, root / ".git/hooks" / hook, fs::copy_options::overwrite_existing);
  fs::remove(mark);
  put(root / "app.js", "2");  // the same size: git must read it to know
  CHECK(commit_of(root, dir).ends_with("-dirty"));
  CHECK_FALSE(fs::exists(mark));
}

TEST_CASE("what does not belong into a build is refused by name, inert") {
  auto dir = scratch();
  int made = 0;
  auto refused = [&](const char* what, const auto& spoil) {
    for (bool is_git : {false, true}) {
      auto root = dir.path() / std::to_string(++made);
      put(root / "deep/a.txt");
      spoil(root);
      if (is_git) {
        git_in(root, {"init", "-q"});
        git_in(root, {"add", "deep/a.txt"});
        git_in(root, {"commit", "-qm", "one"});
      }
      INFO(what, is_git ? " in git" : "");
      auto source = fetched({.location = root.native()}, dir.path() / "unused");
      bool is_listed = !is_git || std::string_view(what).starts_with("link");  // git does not list special files
      if (!is_listed) continue;
      REQUIRE_FALSE(source.has_value());
      CHECK(source.error().code == ErrorCode::denied);
      CHECK(source.error().message.find('\x1b') == std::string::npos);
      CHECK_FALSE(source.error().hint.empty());
    }
  };
  refused("link to an absolute path", [](const fs::path& root) { fs::create_symlink("/etc/passwd", root / "x"); });
  refused("link upwards", [](const fs::path& root) { fs::create_symlink("../../etc", root / "deep/\x1b[2Jx"); });
  refused("link that leaves through another link", [](const fs::path& root) {
    fs::create_symlink(".", root / "here");
    fs::create_symlink("here/here/../../x", root / "x");
  });
  refused("fifo", [](const fs::path& root) { REQUIRE(::mkfifo((root / "deep/pipe\n").c_str(), 0600) == 0); });
  refused("socket", [](const fs::path& root) {
    int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, (root / "s").c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
  });
}

TEST_CASE("links inside the source, dangling ones too, are fine") {
  auto dir = scratch();
  auto root = dir.path() / "app";
  put(root / "a/b.txt");
  fs::create_symlink("a/b.txt", root / "link");
  fs::create_symlink("../a", root / "a/up");
  fs::create_symlink("missing", root / "dangling");
  CHECK(commit_of(root, dir).starts_with("tree-"));
}

TEST_CASE("a sub-folder must exist inside the source") {
  auto dir = scratch();
  auto root = dir.path() / "shop";
  put(root / "services/web/main.go");
  put(dir.path() / "outside/secret");
  auto source = fetched({.location = root.native(), .path = "services/web/"}, dir.path() / "unused");
  REQUIRE(source.has_value());
  CHECK(source->path == "services/web");
  CHECK(source->name == "shop-web");
  for (const char* path : {"missing", "../outside", "/etc", "services/web/main.go", "-x"})
    CHECK_FALSE(fetched({.location = root.native(), .path = path}, dir.path() / "unused").has_value());
}

TEST_CASE("a missing folder, a file and a ref for a folder are errors that say what to do") {
  auto dir = scratch();
  put(dir.path() / "file");
  for (auto request : {SourceRequest{.location = (dir.path() / "missing").native()}, SourceRequest{.location = (dir.path() / "file").native()},
                       SourceRequest{.location = "/"}, SourceRequest{.location = dir.path().native(), .ref = "main"},
                       SourceRequest{.location = dir.path().native(), .ref = "--x"}}) {
    auto source = fetched(request, dir.path() / "unused");
    REQUIRE_FALSE(source.has_value());
    CHECK_FALSE(source.error().hint.empty());
  }
}
