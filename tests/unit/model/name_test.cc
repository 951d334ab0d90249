#include "model/name.hh"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace podwright;

namespace {

using Check = Status (*)(std::string_view);

struct Row {
  const char* what;
  Check check;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

const std::string kEsc = "\x1b[2J";

const std::vector<Row> kRows{
    {"application name", check_app_name,
     {"a", "web", "my-app-2", std::string(40, 'a')},
     {"", "-x", "2048", "Web", "a_b", "a-", "a.b", "a b", "a;b", "$(id)", "../a", "a\n", std::string(41, 'a'), "é", kEsc}},
    {"environment name", check_environment_name,
     {"production", "pr-12", std::string(20, 'a')},
     {"", "Production", "-a", std::string(21, 'a'), "a\nb"}},
    {"domain", check_domain,
     {"example.com", "app.Example.COM", "a", "xn--bcher-kva.example", "1.example.com", std::string(63, 'a') + ".com"},
     {"", "*.example.com", "127.0.0.1", "1.2.3", "[::1]", "a..b", ".a", "a.", "-a.com", "a-.com", "a_b.com", "a.com:80",
      "https://a.com", "a.com/x", "a b", "bücher.example", std::string(64, 'a') + ".com", "a.com\n", kEsc}},
    {"environment variable", check_env_key,
     {"A", "_x", "DATABASE_URL", "a1", std::string(128, 'A')},
     {"", "1A", "A-B", "A=B", "A B", "A\n", "Ä", std::string(129, 'A')}},
    {"git reference", check_git_ref,
     {"main", "v1.2.3", "feature/#12", "dependabot/npm/@types/node-1", "3f2c9d1", "HEAD", "refs/heads/main", "größe"},
     {"", "-x", "+x", "--upload-pack=touch x", "a..b", "a b", "a\nb", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "@", "a@{1}",
      "a//b", "/a", "a/", "a.", "a.lock", "a/.b", "$(id)", "a;b", "`id`", "a|b", "a'b", kEsc, std::string(256, 'a')}},
    {"relative path", check_relative_path,
     {".", "services/web", "a/./b", "a b", "..a/b..", "./-x", "größe"},
     {"", "/etc", "..", "../a", "a/../b", "a/..", "-x", "a\nb", std::string("a\0b", 3), "\xff", kEsc}},
    {"volume", check_volume_name,
     {"data", "My_data.1-a", "0"},
     {"", "-a", ".a", "a/b", "a:b", "a b", "a\n", std::string(65, 'a')}},
};

}  // namespace

TEST_CASE("each allow-list takes what it documents and nothing else") {
  for (const auto& row : kRows) {
    for (const auto& value : row.good) {
      auto status = row.check(value);
      INFO(row.what, ": ", value);
      CHECK(status.has_value());
    }
    for (const auto& value : row.bad) {
      auto status = row.check(value);
      INFO(row.what, ": ", value);
      REQUIRE_FALSE(status.has_value());
      CHECK(status.error().code == ErrorCode::invalid);
      CHECK_FALSE(status.error().hint.empty());
      CHECK(status.error().message.find('\x1b') == std::string::npos);
      CHECK(status.error().message.find('\n') == std::string::npos);
      CHECK(status.error().message.size() < 250);
    }
  }
}

TEST_CASE("a host name of more than 253 characters is refused") {
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  CHECK(check_domain(longest + "a").has_value());
  CHECK_FALSE(check_domain(longest + "aa").has_value());
}

TEST_CASE("an environment value may hold every byte but NUL, up to 64 KiB") {
  CHECK(check_env_value("line\nquote\"%s $HOME \xff\x1b").has_value());
  CHECK(check_env_value(std::string(64 << 10, 'x')).has_value());
  CHECK_FALSE(check_env_value(std::string((64 << 10) + 1, 'x')).has_value());
  CHECK_FALSE(check_env_value(std::string_view("a\0b", 3)).has_value());
}

TEST_CASE("ports are 1 to 65535") {
  for (long long port : {1LL, 80LL, 65535LL}) CHECK(check_port(port).has_value());
  for (long long port : {0LL, -1LL, 65536LL, 1LL << 40}) CHECK_FALSE(check_port(port).has_value());
}

TEST_CASE("any text becomes an application name") {
  struct {
    std::string text, name;
  } rows[] = {{"My App_2", "my-app-2"}, {"web", "web"},     {"2048", "app-2048"}, {"", "app"},         {"---", "app"},
              {"@scope/pkg", "scope-pkg"}, {"a..b", "a-b"}, {"Ünï", "n"},         {kEsc, "app-2j"},    {"x/", "x"},
              {std::string(39, 'a') + "-b", std::string(39, 'a')}, {"\n;rm -rf /", "rm-rf"}};
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(to_app_name(row.text) == row.name);
    CHECK(check_app_name(to_app_name(row.text)).has_value());
  }
}
