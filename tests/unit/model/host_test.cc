#include "model/host.hh"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "support/must.hh"

using namespace podwright;

TEST_CASE("an SSH destination is a user, a host and a port") {
  struct Row {
    std::string_view text, user, host;
    int port;
  };
  for (const auto& row : std::initializer_list<Row>{{"deploy@web1.example.com", "deploy", "web1.example.com", 0},
                                                    {"web1", "", "web1", 0},
                                                    {"my_alias", "", "my_alias", 0},
                                                    {"root@10.0.0.7:2222", "root", "10.0.0.7", 2222},
                                                    {"web1:22", "", "web1", 22},
                                                    {"a.b-c_d@h", "a.b-c_d", "h", 0},
                                                    {"deploy@[2001:db8::1]:22", "deploy", "2001:db8::1", 22},
                                                    {"deploy@[2001:db8::1]", "deploy", "2001:db8::1", 0},
                                                    {"deploy@2001:db8::1", "deploy", "2001:db8::1", 0}}) {
    INFO(row.text);
    auto parsed = must(parse_ssh_destination(row.text));
    CHECK(parsed.user == row.user);
    CHECK(parsed.host == row.host);
    CHECK(parsed.port == row.port);
  }
}

TEST_CASE("a destination that could be an option, a command, a zone or a second destination is refused") {
  for (std::string_view text : {"",
                                "@",
                                "-oProxyCommand=id",
                                "deploy@-oProxyCommand=id",
                                "-l@host",
                                "x;id",
                                "deploy@x;id",
                                "$(id)@host",
                                "de ploy@host",
                                "deploy@ho st",
                                "deploy@fe80::1%eth0",
                                "deploy@[fe80::1%eth0]:22",
                                "deploy@host:",
                                "deploy@host:0",
                                "deploy@host:65536",
                                "deploy@host:22x",
                                "deploy@host:-1",
                                "a@b@c",
                                "deploy@host/path",
                                "ssh://deploy@host",
                                "deploy@host\nx",
                                "deploy@%h",
                                "`id`@host",
                                "deploy@[::1",
                                "deploy@[::1]22",
                                "deploy@[host]:22",
                                "dep'loy@host",
                                "..",
                                "deploy@a..b",
                                ".host",
                                "Ä@host",
                                "a\\b@host"}) {
    INFO(text);
    auto parsed = parse_ssh_destination(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK_FALSE(parsed.error().hint.empty());
  }
  CHECK_FALSE(parse_ssh_destination(std::string("deploy@host\0x", 13)).has_value());
  CHECK_FALSE(parse_ssh_destination(std::string(300, 'a')).has_value());
  CHECK_FALSE(parse_ssh_destination(std::string(40, 'u') + "@host").has_value());
}

TEST_CASE("a host is named after its destination") {
  auto named = [](std::string_view text) { return host_name_for(must(parse_ssh_destination(text))); };
  CHECK(named("deploy@web1.example.com") == "web1");
  CHECK(named("my_alias") == "my-alias");
  CHECK(named("root@10.0.0.7:2222") == "host-10-0-0-7");
  CHECK(named("root@[2001:db8::1]") == "host-2001-db8-1");
  for (auto text : {"deploy@web1.example.com", "x@1.2.3.4", "x@[::]", "9front", "a--.b"})
    CHECK(check_host_name(named(text)));
}

TEST_CASE("names of hosts are labels") {
  for (auto good : {"web1", "a", "eu-west-1"}) CHECK(check_host_name(good));
  for (auto bad : {"", "Web", "1a", "a-", "-a", "a.b", "a b", "--all", "x;id"}) CHECK_FALSE(check_host_name(bad));
}

TEST_CASE("labels have a narrow alphabet") {
  CHECK(must(parse_labels("role=web,zone=eu-1,")) ==
        std::map<std::string, std::string>{{"role", "web"}, {"zone", "eu-1"}});
  CHECK(must(parse_labels("")).empty());
  CHECK(must(parse_labels("example.com/tier=Gold_1.0,empty=")).size() == 2);
  for (auto bad : {"role", "=x", "Role=web", "role=a b", "role=%n", "role=$x", "role=a\nb", "-a=b", "a-=b", "role=ä"}) {
    INFO(bad);
    CHECK_FALSE(parse_labels(bad).has_value());
  }
}

TEST_CASE("fingerprints are those of ssh-keygen") {
  // The key of RFC 8032's first test vector; the fingerprint is what ssh-keygen -lf says of it.
  std::string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
  CHECK(must(fingerprint(key)) == "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8");
  CHECK(must(fingerprint(key + " somebody@somewhere")) == must(fingerprint(key)));
  for (auto bad : {"", "ssh-ed25519", "ssh-ed25519 !!!!",
                   "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"})
    CHECK_FALSE(fingerprint(bad).has_value());
  CHECK(check_fingerprint(must(fingerprint(key))));
  for (auto bad : {"", "SHA256:", "MD5:aa", "SHA256:short", "SHA256:$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$$"})
    CHECK_FALSE(check_fingerprint(bad));
}

TEST_CASE("facts survive the way through JSON") {
  HostFacts facts{.os = "Debian",
                  .uid = 1000,
                  .cpus = 4,
                  .podman_socket_active = true,
                  .controllers = {"cpu", "memory"},
                  .first_user_port = 80,
                  .skew_ms = -12};
  auto back = host_facts_from_json(to_json(facts));
  CHECK((to_json(back) == to_json(facts)));
  CHECK(host_facts_from_json({}).os.empty());
  CHECK(host_facts_from_json({{"uid", "x"}, {"controllers", 3}}).controllers.empty());
}

TEST_CASE("a host's JSON has the fingerprint beside the key") {
  Host host{.name = "web1",
            .destination = "deploy@web1",
            .labels = {{"role", "web"}},
            .host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"};
  auto json = to_json(host);
  CHECK(json.at("fingerprint").as_string() == must(fingerprint(host.host_key)));
  CHECK(json.at("labels").at("role").as_string() == "web");
  CHECK(json.at("facts").is_null());
}
