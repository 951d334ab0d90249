#include "export/unit.hh"

#include <doctest/doctest.h>

#include "base/text.hh"
#include "export/words.hh"
#include "support/must.hh"
#include "support/unit_cases.hh"

using namespace podwright;
using namespace podwright::units;

namespace {

Error refused(const UnitSpec& spec, PodmanVersion podman = {5, 4}) {
  auto made = emit(spec, {.podman = podman});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::invalid);
  return made.error();
}

const UnitFile& file_ending(const Units& units, std::string_view ending) {
  for (const auto& file : units.files)
    if (file.name.ends_with(ending)) return file;
  FAIL("no file ends with " << ending);
  return units.files.front();
}

std::vector<std::string> fields(const std::vector<Loss>& losses) {
  std::vector<std::string> out;
  for (const auto& loss : losses) out.push_back(loss.field);
  return out;
}

}  // namespace

TEST_CASE("versions of Podman are read as it prints them, and nothing else is") {
  CHECK(must(parse_podman_version("5.4.2")) == PodmanVersion{5, 4});
  CHECK(must(parse_podman_version("4.3")) == PodmanVersion{4, 3});
  CHECK(must(parse_podman_version("6.0.0-dev")) == PodmanVersion{6, 0});
  CHECK(must(parse_podman_version("4.3.1+ds1-8+deb12u1")) == PodmanVersion{4, 3});
  for (auto text : {"", "5", "five.4", "5.x", "-5.4", "5.99999", "v5.4"}) CHECK_FALSE(parse_podman_version(text));
  CHECK(PodmanVersion{4, 10} > PodmanVersion{4, 9});
}

TEST_CASE("Podman below 4.4 gets plain units, newer ones get Quadlet files, each in its folder") {
  auto plain = must(emit(plain_shop(), {.podman = {4, 3}}));
  CHECK(plain.enable);
  CHECK(file_folder(plain.files.front().name, false) == ".config/systemd/user");
  auto quadlet = must(emit(plain_shop(), {.podman = {4, 4}}));
  CHECK_FALSE(quadlet.enable);
  CHECK(quadlet.service == plain.service);
  CHECK(file_folder(quadlet.files.front().name, true) == "/etc/containers/systemd");
  CHECK_FALSE(quadlet_units(plain_shop(), {.podman = {4, 3}}));
  CHECK(systemd_units(plain_shop(), {.podman = {5, 4}}));
}

TEST_CASE("where Quadlet cannot name networks and volumes, plain units make them") {
  auto made = must(emit(everything_shop(), {.podman = {4, 6}}));
  CHECK(file_folder(file_ending(made, "-network.service").name, true) == "/etc/systemd/system");
  CHECK(file_ending(made, ".container").content.contains("Requires=pw-i1-shop-production-network.service\n"));
  CHECK(file_ending(must(emit(everything_shop(), {.podman = {4, 7}})), ".network")
            .content.contains("NetworkName=pw-i1-shop-production\n"));
}

TEST_CASE("replicas share the files of their network and volumes, byte for byte") {
  auto other = everything_shop();
  other.instance.name += "1";
  other.instance.labels["io.podwright.replica"] = "1";
  other.host_port = 20002;
  for (PodmanVersion podman : {PodmanVersion{4, 3}, {5, 4}}) {
    auto one = must(emit(everything_shop(), {.podman = podman})), two = must(emit(other, {.podman = podman}));
    CHECK(std::vector(one.files.begin() + 1, one.files.end()) == std::vector(two.files.begin() + 1, two.files.end()));
    CHECK(one.files.front().name != two.files.front().name);
  }
}

TEST_CASE("the first line of each file says whose it is, and can be read back") {
  auto spec = everything_shop();
  for (PodmanVersion podman : {PodmanVersion{4, 3}, {4, 5}, {5, 4}})
    for (const auto& file : must(emit(spec, {.podman = podman})).files) {
      auto header = read_header(file.content);
      REQUIRE(header);
      bool is_container = file.name.starts_with(spec.instance.name);
      CHECK(header->labels.at("io.podwright.app") == "shop");
      CHECK(header->labels.contains("io.podwright.release") == is_container);
      CHECK(header->host_port == (is_container ? spec.host_port : 0));
      if (is_container) CHECK(header->labels == spec.instance.labels);
    }
}

TEST_CASE("a file that is not ours has no header") {
  for (auto text : {"", "[Unit]\n", "# podwright\n", "# podwright {}\n", "# podwright {\"format\":2}\n",
                    "# podwright {\"format\":1\n", " # podwright {\"format\":1}\n"})
    CHECK_FALSE(read_header(text));
  CHECK(read_header("# podwright {\"format\":1}"));
  CHECK(read_header("# podwright {\"format\":1,\"labels\":{\"a\":7},\"host_port\":\"x\"}\n")->host_port == 0);
}

TEST_CASE("a header is one line whatever the labels hold") {
  UnitHeader header{.labels = {{"a", "1\n[Service]\nExecStart=/bin/x\r\u2028\\"}}, .host_port = 9};
  auto line = header_line(header);
  CHECK(split_lines(line).size() == 1);
  CHECK(read_header(line + "[Unit]\n") == header);
}

TEST_CASE("no value of a secret's variable stands in a unit") {
  for (PodmanVersion podman : {PodmanVersion{4, 3}, {4, 4}, {5, 4}})
    for (const auto& file : must(emit(everything_shop(), {.podman = podman})).files)
      CHECK_FALSE(file.content.contains("never written"));
}

TEST_CASE("what a host cannot give is lost by name") {
  UnitTarget bare{.podman = {4, 9}};
  bare.memory_controller = bare.cpu_controller = bare.pids_controller = bare.init = false;
  bare.nofile_hard = 1024;
  auto made = must(emit(everything_shop(), bare));
  CHECK(fields(made.losses) == std::vector<std::string>{"resources.memory", "resources.cpu", "limits.pids",
                                                        "limits.nofile", "init", "health.command"});
  CHECK(must(emit(everything_shop(), {.podman = {5, 4}})).losses.empty());
  CHECK(must(emit(plain_shop(), {.podman = {4, 3}})).losses.empty());
}

TEST_CASE("an image that is named by its content cannot be updated") {
  auto spec = everything_shop();
  for (std::string image : {std::string(64, 'a'), "localhost/shop@sha256:" + std::string(64, 'b')}) {
    spec.instance.service.image = image;
    CHECK(fields(must(emit(spec, {})).losses) == std::vector<std::string>{"auto_update"});
  }
}

TEST_CASE("a health command that Podman would not run as it is, is lost; one word is run without a shell") {
  auto with = [](std::vector<std::string> command) {
    auto spec = plain_shop();
    spec.instance.service.health = {.kind = ProbeKind::exec, .command = std::move(command)};
    return must(emit(spec, {}));
  };
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"a b"}, {""}, {"a\tb"}, {"ä"}, {"cmd", "x"}, {"NONE"}, {"CMD-SHELL", "id"}}) {
    CAPTURE(command.front());
    auto made = with(command);
    CHECK(fields(made.losses) == std::vector<std::string>{"health.command"});
    CHECK_FALSE(made.files.front().content.contains("HealthCmd="));
    CHECK_FALSE(made.files.front().content.contains("Notify="));
  }
  CHECK(with({"/check;id"}).files.front().content.contains("HealthCmd=CMD /check;id\n"));
  CHECK(with({"check", "a b"}).files.front().content.contains("HealthCmd=[\"check\",\"a b\"]\nHealthInterval="));
}

TEST_CASE("a user's units wait for the network only where it is said to come up") {
  auto waits = [](UnitTarget target) {
    return !must(emit(plain_shop(), target)).files.front().content.contains("DefaultDependencies=false");
  };
  CHECK_FALSE(waits({.podman = {5, 4}}));
  CHECK(waits({.podman = {5, 4}, .network_online = true}));
  CHECK(waits({.podman = {5, 4}, .rootful = true}));
  CHECK(waits({.podman = {5, 2}}));  // knows neither the wait nor the key
}

TEST_CASE("restarts grow slower where systemd can count them") {
  CHECK(must(emit(plain_shop(), {.systemd = 257})).files.front().content.contains("RestartSteps="));
  CHECK_FALSE(must(emit(plain_shop(), {.systemd = 252})).files.front().content.contains("RestartSteps="));
  CHECK_FALSE(must(emit(plain_shop(), {})).files.front().content.contains("RestartSteps="));
}

TEST_CASE("names that systemd or Quadlet would read as something else make no unit") {
  auto with = [](auto change) {
    auto spec = everything_shop();
    change(spec);
    return spec;
  };
  for (std::string name : {"", "a@b", "a%n", "../a", "a/b", "-a", ".a", "a b", "a\nb", "é"}) {
    CAPTURE(name);
    refused(with([&](UnitSpec& spec) { spec.instance.name = name; }));
    refused(with([&](UnitSpec& spec) { spec.instance.network = name; }));
    refused(with([&](UnitSpec& spec) { spec.instance.service.volumes[0].name = "x" + name + "\\"; }));
    refused(with([&](UnitSpec& spec) { spec.secret_env["KEY"] = name; }));
  }
  for (std::string image : {"", "-v", "--privileged", "a b", "a\nb", "a%n", "$x", "x.image", "x.build"})
    refused(with([&](UnitSpec& spec) { spec.instance.service.image = image; }));
  for (std::string target : {"", "data", "/", "/a:b", "/a,b", "/a\nb"})
    refused(with([&](UnitSpec& spec) { spec.instance.service.volumes[0].target = target; }));
  refused(with([](UnitSpec& spec) { spec.instance.service.env["A B"] = ""; }));
  refused(with([](UnitSpec& spec) { spec.secret_env["A=B"] = "x"; }));
  refused(with([](UnitSpec& spec) { spec.instance.labels["a=b"] = ""; }));
  refused(with([](UnitSpec& spec) { spec.host_port = 70000; }));
  refused(with([](UnitSpec& spec) { spec.instance.service.port = 0; }));
}

TEST_CASE("text that would not arrive byte for byte is refused by the name of its variable, never by its value") {
  auto spec = plain_shop();
  spec.instance.service.env["BINARY"] = "hidden\xff";
  for (PodmanVersion podman : {PodmanVersion{4, 3}, {5, 4}}) {
    auto error = refused(spec, podman);
    CHECK(error.text().contains("BINARY"));
    CHECK_FALSE(error.text().contains("hidden"));
  }
  spec.instance.service.env["BINARY"] = std::string("a\0b", 3);
  refused(spec);
}

TEST_CASE("code points that are no characters pass a plain unit and not Quadlet, which systemd would not read") {
  auto spec = plain_shop();
  for (std::string text : {"\uFFFE", "\uFFFF", "\uFDD0", "\uFDEF", "\U0001FFFE", "\U0010FFFF"}) {
    spec.instance.service.env["ODD"] = text;
    CHECK(refused(spec).text().contains("ODD"));
    auto unit = must(emit(spec, {.podman = {4, 3}})).files.front().content;
    CHECK(must(podman_call(must(unit_argv(unit, "ExecStart")))).values("--env") ==
          std::vector<std::string>{"ODD=" + text, "PORT=3000"});
  }
  for (auto text : {"\uFFFD", "\uFEFF", "\uFDCF", "\uFDF0", "\U0001FFFD", "\uFBFF"}) CHECK(quadlet_can_carry(text));
}

TEST_CASE("what is too long for a line of a unit is refused before systemd refuses it") {
  auto spec = plain_shop();
  for (int i = 0; i < 10; ++i) spec.instance.service.env["LONG_" + std::to_string(i)] = std::string(64 << 10, 'x');
  CHECK(emit(spec, {}));
  for (int i = 0; i < 10; ++i) spec.instance.service.env["LONG_" + std::to_string(i)] = std::string(64 << 10, ' ');
  CHECK(refused(spec).hint.contains("secrets"));
  auto word = plain_shop();
  word.instance.service.command = {std::string(128 << 10, 'x')};
  refused(word);
}
