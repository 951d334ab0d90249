#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <random>

#include "contract/units/generator.hh"
#include "deploy/plan.hh"
#include "support/must.hh"
#include "support/unit_cases.hh"

using namespace podwright;

namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  size_t below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(engine_); }
  bool coin() { return below(2) == 0; }

  // What units, shells and parsers stumble over, beside letters.
  std::string text() {
    static const std::vector<std::string> pieces{
        "a",      "b",  "0",   "%",     "%%",     "%n",     "%t",      "$",       "$$",   "${HOME}", "$X",     "\"",
        "'",      "\\", "\\n", "\\x41", "\n",     "\r",     "\t",      " ",       "  ",   ";",       " ; ",    "#",
        "=",      ",",  ":",   "[",     "]",      "{",      "}",       "\x01",    "\x1b", "\x7f",    "\u0080", "\u0085",
        "\u00A0", "ü",  "€",   "😀",    "\u2028", "\uFEFF", "\\\n",    "`id`",    "|",    "&",       "*",      "~",
        "-",      "--", "\v",  "\f",    "\\x80",  "\uFFFD", ".volume", ".network"};
    std::string out;
    for (auto count = below(12); count > 0; --count) out += pieces[below(pieces.size())];
    return out;
  }
  std::vector<std::string> words() {
    std::vector<std::string> out;
    for (auto count = below(8); count > 0; --count) out.push_back(text());
    return out;
  }

 private:
  std::mt19937 engine_;
};

units::UnitSpec random_spec(Random& random) {
  auto spec = plain_shop();
  auto& service = spec.instance.service;
  service.command = random.words();
  for (auto count = random.below(6); count > 0; --count) service.env["KEY_" + std::to_string(count)] = random.text();
  for (auto count = random.below(4); count > 0; --count)
    spec.instance.labels["label." + std::to_string(count)] = random.text();
  if (random.coin()) service.health = {.kind = ProbeKind::exec, .command = random.words()};
  if (random.coin()) service.volumes = {{.name = "data", .target = "/data %n $x \"q' \\ é"}};
  if (random.coin()) spec.secret_env = {{"KEY_1", "a-secret"}};
  service.privileges = {.writable_root = random.coin(), .new_privileges = random.coin(), .run_as_root = random.coin()};
  if (random.coin()) spec.host_port = 0;
  return spec;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return texts;
}

// As Podman takes it: a JSON array of at least two words, or "CMD word"; a check that it would take for another is left
// out.
void check_health(const std::vector<std::string>& command, const std::vector<std::string>& said) {
  if (command.size() > 1) {
    REQUIRE(said.size() == 1);
    CHECK(boost::json::parse(said.front()) == boost::json::array(command.begin(), command.end()));
  } else if (!said.empty()) {
    CHECK(said.front() == "CMD " + command.front());
  }
}

// Straight from the service, past all that the emitter does.
void check_against(const units::UnitSpec& spec, const PodmanCall& call) {
  const auto& service = spec.instance.service;
  std::vector<std::string> env, labels, operands{service.image};
  for (const auto& [key, value] : service.env)
    if (!spec.secret_env.contains(key)) env.push_back(key + "=" + value);
  for (const auto& [key, value] : spec.instance.labels) labels.push_back(key + "=" + value);
  operands.insert(operands.end(), service.command.begin(), service.command.end());
  CHECK(call.values("--env") == sorted(env));
  CHECK(call.values("--label") == sorted(labels));
  CHECK(call.operands == operands);
  if (service.health.kind == ProbeKind::exec) check_health(service.health.command, call.values("--health-cmd"));
}

// What each way of running chooses for itself.
PodmanCall without_own(PodmanCall call) {
  std::erase_if(call.options, [](const std::string& option) {
    return option.starts_with("--cidfile=") || option.starts_with("--cgroups=") ||
           option == "--log-driver=passthrough" || option == "--read-only-tmpfs=false" || option == "--sdnotify=conmon";
  });
  return call;
}

PodmanCall call_of(const std::string& unit) {
  return must(podman_call(must(unit_argv(unit, "ExecStart"))));
}

std::string container_unit(const units::Units& units) {
  return units.files.front().content;
}

}  // namespace

TEST_CASE("any environment, label and command reaches Podman byte for byte, through Quadlet and without it") {
  Random random(20240611);
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    auto spec = random_spec(random);
    units::UnitTarget target{.podman = {4, 3}, .systemd = 257};
    auto plain = call_of(container_unit(must(units::systemd_units(spec, target))));
    check_against(spec, plain);
    for (const auto& generator : generators()) {
      CAPTURE(generator.path);
      target.podman = generator.version;
      auto made = must(units::quadlet_units(spec, target));
      auto services = must(generate(generator, made.files, target.rootful));
      auto quadlet = call_of(services[made.service]);
      check_against(spec, quadlet);
      auto same = call_of(container_unit(must(units::systemd_units(spec, target))));
      CHECK(command_lines(without_own(quadlet)) == command_lines(without_own(same)));
    }
  }
}
