#include "export/unit.hh"
#include "unit/cli/fake_daemon.hh"

namespace podwright::cli {

namespace {

struct App {
  App(std::string yaml = "") : dir(*TempDir::make("podwright-shop")) {
    put("package.json", R"({"name":"shop","scripts":{"start":"node server.js"},"dependencies":{"express":"4"}})");
    put("server.js", "require('express')().listen(process.env.PORT)\n");
    if (!yaml.empty()) put("podwright.yaml", yaml);
  }
  void put(const std::string& name, const std::string& text) { REQUIRE(write_file(dir.path() / name, text)); }

  Outcome generate(std::vector<std::string> more) const {
    std::vector<std::string> args{"generate", more.front(), dir.path().native(), "--app", "shop"};
    args.insert(args.end(), more.begin() + 1, more.end());
    return podwright(dir.path() / "state", args);
  }

  TempDir dir;
};

std::string text(const boost::json::value& value) {
  return std::string(value.as_string());
}

}  // namespace

TEST_CASE("generate quadlet prints each file below a comment with its place, and starts no daemon") {
  App app;
  auto outcome = app.generate({"quadlet"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out.starts_with("# ~/.config/containers/systemd/pw-shop.container\n# podwright {"));
  CHECK(outcome.out.contains("\n# ~/.config/containers/systemd/pw-shop.network\n"));
  CHECK(outcome.out.contains("Image=localhost/shop:latest\n"));
  CHECK(outcome.out.contains("PublishPort=127.0.0.1:3000:3000\n"));
  CHECK_FALSE(fs::exists(app.dir.path() / "state"));
}

TEST_CASE("generate systemd makes units for an older Podman, of the system's manager when asked") {
  auto outcome = App().generate({"systemd", "--rootful", "--json"});
  auto files = outcome.json().at("files").as_array();
  REQUIRE(files.size() == 2);
  CHECK(text(files[0].at("name")) == "pw-shop.service");
  CHECK(text(files[0].at("folder")) == "/etc/systemd/system");
  CHECK(text(files[0].at("content")).contains("WantedBy=multi-user.target"));
  CHECK(text(outcome.json().at("services").at(0)) == "pw-shop.service");
}

TEST_CASE("podwright.yaml decides what runs; replicas are units with a port each, and share a network and volumes") {
  App app("replicas: 2\nport: 80\nvolumes: [\"data:/data\"]\nenv: {A: \"100% $X\"}\n");
  auto files = app.generate({"quadlet", "--json"}).json().at("files").as_array();
  REQUIRE(files.size() == 4);
  CHECK(text(files[0].at("content")).contains("PublishPort=127.0.0.1:8080:80\n"));
  CHECK(text(files[0].at("content")).contains("Environment=\"A=100%% $$X\"\n"));
  CHECK(text(files[1].at("name")) == "pw-shop.network");
  CHECK(text(files[2].at("name")) == "pw_generated_shop_production_data.volume");
  CHECK(text(files[3].at("content")).contains("PublishPort=127.0.0.1:8081:80\n"));
}

TEST_CASE("what units cannot do is said on standard error, or in the JSON") {
  App app("domains: [shop.example.com]\nrelease: npm run migrate\nhealth: /healthz\ndeployment: {region: eu}\n");
  auto outcome = app.generate({"quadlet", "--without", "memory", "--without", "init"});
  CHECK(outcome.code == 0);
  for (auto field : {"domains", "release", "health", "deployment.region", "resources.memory", "init"}) {
    CAPTURE(field);
    CHECK(outcome.err.contains(std::string(": ") + field + ": "));
  }
  CHECK_FALSE(outcome.out.contains("warning"));
  CHECK(app.generate({"quadlet", "--json"}).json().at("losses").as_array().size() == 4);
}

TEST_CASE("generate -o writes files for their owner only, again when they are ours, and never over somebody else's") {
  App app;
  auto folder = app.dir.path() / "units";
  auto unit = folder / "pw-shop.container";
  CHECK(app.generate({"quadlet", "-o", folder.native()}).out.starts_with(unit.native() + "\n"));
  CHECK((fs::status(unit).permissions() & fs::perms::mask) == fs::perms(0600));
  CHECK(app.generate({"quadlet", "-o", folder.native(), "--publish", "4000"}).code == 0);
  CHECK(read_file(unit)->contains("127.0.0.1:4000:3000"));
  REQUIRE(write_file(folder / "pw-shop.network", "[Network]\n"));
  auto refused = app.generate({"quadlet", "-o", folder.native(), "--publish", "5000"});
  CHECK(refused.code == 4);
  CHECK(refused.err.contains("pw-shop.network"));
  CHECK(read_file(unit)->contains("127.0.0.1:4000:3000"));
}

TEST_CASE("a secret's value comes from Podman, and its name stands in the unit") {
  auto outcome = App("env: {TOKEN: written-down}\n").generate({"quadlet", "--secret", "TOKEN=shop-token"});
  CHECK(outcome.out.contains("Secret=shop-token,type=env,target=TOKEN\n"));
  CHECK_FALSE(outcome.out.contains("written-down"));
}

TEST_CASE("generate refuses what makes no unit") {
  App app;
  const std::vector<std::string> bad[] = {
      {"--secret", "TOKEN"},  {"--secret", "A B=x"},         {"--secret", "A=x y"},
      {"--publish", "70000"}, {"--publish", "-1"},           {"--podman-version", "new"},
      {"--image", "a b"},     {"--podman-version", "4.3.1"}, {"--without", "everything"}};
  for (const auto& arguments : bad) {
    CAPTURE(arguments[1]);
    CHECK(app.generate({"quadlet", arguments[0], arguments[1]}).code == 2);
  }
}

}  // namespace podwright::cli
