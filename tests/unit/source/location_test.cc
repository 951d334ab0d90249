#include "source/location.hh"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include "source/host_guard.hh"

using namespace podwright;
using namespace podwright::source;

namespace {

Result<Location> parse(std::string_view text, bool allow_private = false) { return parse_location(text, allow_private); }

bool is_public_text(const char* text) {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, text, &v4) == 1) return is_public(v4);
  REQUIRE(::inet_pton(AF_INET6, text, &v6) == 1);
  return is_public(v6);
}

}  // namespace

TEST_CASE("a location is a folder, an archive or a repository by its text alone") {
  struct {
    const char* text;
    SourceKind kind;
  } rows[] = {{".", SourceKind::directory},
              {"../app", SourceKind::directory},
              {"/srv/app;rm -rf", SourceKind::directory},
              {"./-x", SourceKind::directory},
              {"./a:b", SourceKind::directory},
              {"app.tar.gz", SourceKind::archive},
              {"/tmp/APP.ZIP", SourceKind::archive},
              {"a.tar.zst", SourceKind::archive},
              {"a.txz", SourceKind::archive},
              {"https://git.example.com/a/b", SourceKind::git},
              {"HTTPS://git.example.com/a/b.git", SourceKind::git},
              {"https://git.example.com:8443/a/b/", SourceKind::git},
              {"https://user:p%40ss@git.example.com/a/b", SourceKind::git},
              {"https://git.example.com/a/b.zip.git", SourceKind::git},
              {"https://8.8.8.8/a", SourceKind::git},
              {"https://[2606:4700::1]/a", SourceKind::git},
              {"ssh://git@git.example.com:2222/a/b", SourceKind::git},
              {"git@git.example.com:a/b.git", SourceKind::git},
              {"git.example.com:a/b", SourceKind::git}};
  for (const auto& row : rows) {
    INFO(row.text);
    auto location = parse(row.text);
    REQUIRE_MESSAGE(location.has_value(), (location ? "" : location.error().text()));
    CHECK(location->kind == row.kind);
  }
}

TEST_CASE("what could run something, lead somewhere private or lie about itself is refused with a hint") {
  const char* rows[] = {"", "-x", "--upload-pack=touch /tmp/x", "ext::sh -c id", "fd::17", "file:///etc", "git://git.example.com/a",
                        "ftp://git.example.com/a", "http://git.example.com/a", "http://127.0.0.1/a", "https://localhost/a", "https://a.localhost/x",
                        "https://127.0.0.1/a", "https://127.1/a", "https://0x7f000001/a", "https://2130706433/a", "https://[::1]/a",
                        "https://[::ffff:10.0.0.1]/a", "https://10.1.2.3/a", "https://172.16.0.1/a", "https://192.168.1.1/a",
                        "https://169.254.169.254/latest/meta-data", "https://metadata.google.internal/a", "https://[fe80::1]/a",
                        "https://[fd00::1]/a", "https://224.0.0.1/a", "https://0.0.0.0/a", "git@127.0.0.1:a", "git@[::1]:a",
                        "ssh://-oProxyCommand=id/a", "ssh://-oProxyCommand=id@git.example.com/a", "-oProxyCommand=id:a", "git@-x:a",
                        "ssh://git:secret@git.example.com/a", "https://git.example.com", "https://git.example.com/", "https:///a",
                        "https://git.example.com/a b", "https://git.example.com/$(id)", "https://git.example.com/a;id", "https://git.example.com/`id`",
                        "https://git.example.com/../../a", "https://git.example.com/-x", "git@git.example.com:-x", "git@git.example.com:",
                        "https://git.example.com/a?x=1", "https://git.example.com/a#main", "https://git.example.com:0/a", "https://git.example.com:99999/a",
                        "https://git.example.com:x/a", "https://git example.com/a", "https://git.example.com/a\n", "a\x1b[2J", "a\nb",
                        "https://git..example.com/a", "https://user:%0a@git.example.com/a", "https://user:%zz@git.example.com/a",
                        "https://git.example.com/a/archive/main.tar.gz", "https://[::1/a", "https://[git.example.com]/a"};
  for (const char* text : rows) {
    auto location = parse(text);
    INFO(text);
    REQUIRE_FALSE(location.has_value());
    CHECK((location.error().code == ErrorCode::denied || location.error().code == ErrorCode::invalid));
    CHECK_FALSE(location.error().hint.empty());
    CHECK(location.error().text().find("secret") == std::string::npos);
    CHECK(location.error().text().find('\x1b') == std::string::npos);
  }
}

TEST_CASE("credentials are decoded for git and in no text that is shown") {
  auto url = parse("https://me%40corp:p%3Aw@Git.Example.com:8443/a/b.git")->git;
  CHECK(url.user == "me@corp");
  CHECK(url.password == "p:w");
  CHECK(url.has_credentials());
  CHECK(url.address() == "https://git.example.com:8443/a/b.git");
  CHECK(url.name() == "b");
  CHECK(parse("https://ghp_token@git.example.com/a")->git.address() == "https://git.example.com/a");
  CHECK(parse("git@git.example.com:team/app")->git.address() == "git@git.example.com:team/app");
  CHECK_FALSE(parse("git@git.example.com:team/app")->git.has_credentials());
  CHECK(parse("ssh://git@git.example.com:22/x/y.git")->git.address() == "ssh://git@git.example.com:22/x/y.git");
}

TEST_CASE("private hosts, and http to this machine, are admitted only on purpose") {
  for (const char* text : {"https://127.0.0.1:8443/a", "https://10.0.0.1/a", "https://localhost/a", "git@192.168.1.5:a", "http://127.0.0.1:8080/a"}) {
    INFO(text);
    CHECK_FALSE(parse(text).has_value());
    CHECK(parse(text, true).has_value());
  }
  CHECK_FALSE(parse("http://10.0.0.1/a", true).has_value());
  CHECK_FALSE(parse("file:///a", true).has_value());
  CHECK_FALSE(parse("ext::id", true).has_value());
}

TEST_CASE("a submodule's address is resolved against its parent and held to the same rules") {
  auto https = parse("https://git.example.com/team/app.git")->git;
  auto scp = parse("git@git.example.com:team/app.git")->git;
  struct {
    const GitUrl& parent;
    const char* text;
    const char* address;  // "" when refused
  } rows[] = {{https, "../lib.git", "https://git.example.com/team/lib.git"},
              {https, "../../other/lib", "https://git.example.com/other/lib"},
              {https, "./sub", "https://git.example.com/team/app.git/sub"},
              {https, "https://other.example.com/lib", "https://other.example.com/lib"},
              {https, "git@other.example.com:lib", "git@other.example.com:lib"},
              {scp, "../lib.git", "git@git.example.com:team/lib.git"},
              {https, "../../../../etc", ""},
              {https, "../../$(id)", ""},
              {https, "/etc", ""},
              {https, "lib", ""},
              {https, "file:///etc", ""},
              {https, "ext::sh -c id", ""},
              {https, "-x", ""},
              {https, "http://127.0.0.1/a", ""},
              {https, "https://169.254.169.254/a", ""}};
  for (const auto& row : rows) {
    INFO(row.text);
    auto url = parse_submodule_url(row.text, row.parent, false);
    CHECK((url ? url->address() : "") == std::string(row.address));
  }
}

TEST_CASE("only addresses of the public internet are public") {
  for (const char* text : {"8.8.8.8", "1.1.1.1", "100.63.255.255", "172.15.0.1", "172.32.0.1", "192.167.1.1", "223.255.255.255",
                           "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    CHECK_MESSAGE(is_public_text(text), text);
  for (const char* text : {"0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
                           "172.31.255.255", "192.0.0.1", "192.168.0.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "255.255.255.255", "::",
                           "::1", "::127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
                           "2001::1", "2001:db8::1", "fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "100::1", "4000::1"})
    CHECK_MESSAGE(!is_public_text(text), text);
}
