// Packages come from anywhere: what is wrong with one is said before anything happens.
#include "package/package.hh"

#include <doctest/doctest.h>

#include "base/fs.hh"
#include "base/text.hh"
#include "ship/image.hh"
#include "support/must.hh"
#include "support/package_maker.hh"

using namespace podwright;
using namespace podwright::package;
using test::MadePackage;
using test::package_bytes;
using test::PackageEntry;
using test::small_package;

namespace {

struct Folder {
  TempDir dir = must(TempDir::make("package"));

  Result<Package> verified(const std::string& bytes) const {
    auto file = dir.path() / "app.podwright";
    REQUIRE(write_file(file, bytes));
    return verify(file, {}, {});
  }
  Error refused(const std::string& bytes) const {
    auto result = verified(bytes);
    REQUIRE_FALSE(result);
    CHECK_FALSE(result.error().message.contains('\x1b'));
    return result.error();
  }
};

// The package with one entry changed, and its checksum with it.
std::string with_manifest(const MadePackage& made, const std::string& from, const std::string& to) {
  auto text = to_text(made.description);
  REQUIRE(text.contains(from));
  return package_bytes(replace_all(text, from, to), made.entries);
}

}  // namespace

TEST_CASE("a right package is read") {
  Folder folder;
  auto made = small_package();
  long long done = 0, all = 0;
  auto file = folder.dir.path() / "app.podwright";
  REQUIRE(write_file(file, package_bytes(made)));
  auto package = must(verify(file, [&](long long part, long long total) { done = part, all = total; }, {}));
  CHECK(package.description.app == "shop");
  CHECK(package.description.reference == "localhost/podwright/shop:1");
  CHECK(package.description.entries == made.description.entries);
  CHECK(package.image.id == made.description.image_id);
  CHECK(package.image.layers.size() == 2);
  CHECK("sha256:" + package.manifest == ship::digest_of(to_text(made.description)));
  CHECK(done == made.description.bytes());
  CHECK(all == done);
}

TEST_CASE("what is no package at all is said so") {
  Folder folder;
  for (const std::string& bytes :
       {std::string(), std::string("hello"), std::string(100'000, '\0'), package_bytes("", {}),
        package_bytes("", {{.path = "other", .content = "x"}}), package_bytes("{", {}), package_bytes("{}", {}),
        package_bytes("[]", {}), package_bytes(R"({"format":"1"})", {})})
    CHECK(folder.refused(bytes).code == ErrorCode::invalid);
  CHECK(verify(folder.dir.path() / "missing", {}, {}).error().code == ErrorCode::not_found);
  CHECK(verify(folder.dir.path(), {}, {}).error().code == ErrorCode::invalid);
}

TEST_CASE("a package of a newer podwright asks for an upgrade") {
  Folder folder;
  auto newer = folder.refused(with_manifest(small_package(), "\"format\":1", "\"format\":2"));
  CHECK(newer.code == ErrorCode::invalid);
  CHECK(newer.hint.contains("upgrade"));
}

TEST_CASE("a package that is cut off anywhere is refused") {
  Folder folder;
  auto bytes = package_bytes(small_package());
  for (size_t size = 0; size < bytes.size() - 8; size += 7)
    CHECK(folder.refused(bytes.substr(0, size)).code == ErrorCode::invalid);
}

TEST_CASE("a package whose content is not what its manifest says is refused") {
  Folder folder;
  auto change = [&](auto edit) {
    auto made = small_package();
    edit(made);
    return folder.refused(package_bytes(made));
  };
  CHECK(change([](MadePackage& made) { made.entries[5].content[0] = 'X'; }).message.contains("checksum"));
  CHECK(change([](MadePackage& made) { made.entries[5].content += "more"; }).code == ErrorCode::invalid);
  CHECK(change([](MadePackage& made) { made.entries.pop_back(); }).message.contains("lacks"));
  CHECK(change([](MadePackage& made) { made.entries.push_back(made.entries[0]); }).message.contains("twice"));
  CHECK(change([](MadePackage& made) {
          made.entries.push_back({.path = "units/quadlet/evil.container", .content = "x"});
        }).code == ErrorCode::denied);
  CHECK(change([](MadePackage& made) {
          made.description.entries.erase(made.entries[5].path), made.entries.pop_back();
        }).message.contains("layer"));
  CHECK(change([](MadePackage& made) {
          made.description.entries.erase(made.entries[2].path), made.entries.erase(made.entries.begin() + 2);
        }).code == ErrorCode::invalid);
  CHECK(change([](MadePackage& made) {
          made.description.image_id = made.description.service.image = std::string(64, 'a');
        }).code == ErrorCode::invalid);
}

TEST_CASE("links, foreign paths and names that nobody would make are refused") {
  Folder folder;
  for (const char* path :
       {"../evil", "/etc/passwd", "units/quadlet/../../evil", "units/quadlet/a/b", "image/blobs/sha256/short",
        "other/file", "units/systemd/", "image/../manifest.json", "units/quadlet/\x1b[31m"}) {
    CAPTURE(path);
    auto made = small_package();
    made.entries.push_back({.path = path, .content = "x"});
    CHECK(folder.refused(package_bytes(made)).code == ErrorCode::denied);  // not listed
    made.description.entries[path] = {.sha256 = ship::hex_of(ship::digest_of("x")), .size = 1};
    CHECK(folder.refused(package_bytes(made)).code == ErrorCode::denied);  // listed
  }
  auto made = small_package();
  made.entries[0] = {.path = made.entries[0].path, .content = "", .link = "/etc/passwd"};
  CHECK(folder.refused(package_bytes(made)).code == ErrorCode::denied);
}

TEST_CASE("a package that would unpack to far more than it is, is refused before it is read") {
  Folder folder;
  auto made = small_package();
  made.description.entries[made.entries[5].path].size = 60LL << 30;
  CHECK(folder.refused(package_bytes(made)).code == ErrorCode::exhausted);
  auto large = small_package();
  large.entries[0].content = std::string(101 << 20, '\0');
  large.description.entries[large.entries[0].path] = {.sha256 = ship::hex_of(ship::digest_of(large.entries[0].content)),
                                                      .size = 101 << 20};
  CHECK(folder.refused(package_bytes(large)).code == ErrorCode::exhausted);
}

TEST_CASE("a service that no analysis makes is refused") {
  auto refused = [](auto edit) {
    auto made = small_package();
    edit(made.description.service);
    return !read_description(to_text(made.description));
  };
  CHECK(refused([](Service& s) { s.name = "Shop; id"; }));
  CHECK(refused([](Service& s) { s.env["A B"] = "1"; }));
  CHECK(refused([](Service& s) { s.env["A"] = std::string("a\0b", 3); }));
  CHECK(refused([](Service& s) { s.secret_env.insert("-x"); }));
  CHECK(refused([](Service& s) { s.command = {std::string("a\0b", 3)}; }));
  CHECK(refused([](Service& s) { s.port = 70'000; }));
  CHECK(refused([](Service& s) { s.port = -1; }));
  CHECK(refused([](Service& s) { s.replicas = 0; }));
  CHECK(refused([](Service& s) { s.replicas = 1'000'000; }));
  CHECK(refused([](Service& s) { s.volumes = {{.name = "../x", .target = "/data"}}; }));
  CHECK(refused([](Service& s) { s.volumes = {{.name = "data", .target = "data"}}; }));
  CHECK(refused([](Service& s) { s.tmpfs = {"/tmp\nExecStart=x"}; }));
  CHECK(refused([](Service& s) { s.domains = {"*.example.com"}; }));
  CHECK(refused([](Service& s) { s.privileges.capabilities = {"NET_ADMIN --privileged"}; }));
  CHECK(refused([](Service& s) { s.health.path = "x"; }));
  CHECK(refused([](Service& s) { s.health.interval = Millis(-1); }));
  CHECK(refused([](Service& s) { s.stop_timeout = std::chrono::hours(1000); }));
  CHECK(refused([](Service& s) { s.limits.memory_bytes = -1; }));
  CHECK(refused([](Service& s) { s.image = "registry.example/other:1"; }));
  CHECK_FALSE(refused([](Service& s) { s.env["TEXT"] = "line\nbreak % $ \" é"; }));
}

TEST_CASE("the values that the user set stay out") {
  Service service{.name = "shop", .env = {{"TOKEN", "canary"}, {"MODE", "fast"}}, .secret_env = {"TOKEN"}};
  auto shown = without_secrets(service);
  CHECK(shown.env == std::map<std::string, std::string>{{"MODE", "fast"}});
  CHECK(shown.secret_env == std::set<std::string>{"TOKEN"});
}

TEST_CASE("reading is cancelled") {
  Folder folder;
  auto file = folder.dir.path() / "app.podwright";
  REQUIRE(write_file(file, package_bytes(small_package())));
  std::stop_source stop;
  stop.request_stop();
  CHECK(verify(file, {}, stop.get_token()).error().code == ErrorCode::cancelled);
}
