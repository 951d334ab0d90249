#include "config/config.hh"

#include <doctest/doctest.h>

#include "base/text.hh"

using namespace podwright;
using namespace podwright::config;

namespace {

AppConfig good(std::string_view text) {
  auto config = parse(text);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().text()));
  return *std::move(config);
}

// "line:column" of every problem, and their whole text.
struct Problems {
  std::string text;
  std::vector<std::string> at;
};

Problems problems(std::string_view text) {
  auto config = parse(text);
  if (config) return {};
  CHECK(config.error().code == ErrorCode::invalid);
  Problems out{.text = config.error().text(), .at = {}};
  constexpr std::string_view file = "podwright.yaml:";
  for (auto line : split_lines(out.text)) {
    if (!line.starts_with(file)) continue;
    line.remove_prefix(file.size());
    out.at.emplace_back(line.substr(0, line.find(':', line.find(':') + 1)));
  }
  return out;
}

}  // namespace

TEST_CASE("the simple form sets everything that a service has") {
  auto config = good(R"(name: shop
port: 8080
replicas: 3
env:
  NODE_ENV: production
  VERSION: 1.10
  FLAG: true
  EMPTY: ""
  HOSTILE: "a\nb %n $HOME 'x'"
resources: {cpu: 250m, memory: 1Gi}
limits: {pids: 100, nofile: 2048}
domains: [Shop.Example.com, www.example.com]
health:
  path: /healthz
  interval: 10s
  timeout: 500ms
  start_period: 2m
  stability: 1s
  retries: 5
  restart: false
build:
  command: npm run build
  install: npm ci
  root: services/web
  packages: [libvips42, ffmpeg]
  secrets: [NPM_TOKEN]
start: node server.js && true
release: npm run migrate
volumes:
  - data:/var/lib/data
  - assets:/assets:ro
  - {name: more, target: /more, read_only: true}
tmpfs: [/run, /tmp]
security:
  writable_root: true
  run_as_root: true
  new_privileges: false
  capabilities: [CAP_NET_BIND_SERVICE, CHOWN]
drain_timeout: 1m
stop_timeout: 20
)");
  CHECK(config.name->value == "shop");
  CHECK(config.port->value == 8080);
  CHECK(config.port->line == 2);
  CHECK(config.env == std::map<std::string, std::string>{{"NODE_ENV", "production"}, {"VERSION", "1.10"}, {"FLAG", "true"}, {"EMPTY", ""}, {"HOSTILE", "a\nb %n $HOME 'x'"}});
  CHECK(config.cpu_millis->value == 250);
  CHECK(config.memory_bytes->value == 1LL << 30);
  CHECK(config.domains == std::vector<std::string>{"shop.example.com", "www.example.com"});
  CHECK(config.root->value == "services/web");
  CHECK(config.build_secrets == std::vector<std::string>{"NPM_TOKEN"});
  CHECK(config.losses.empty());

  BuildPlan plan{.name = "x", .port = 3000};
  REQUIRE(apply(config, plan).has_value());
  CHECK(plan.name == "shop");
  CHECK(plan.port == 8080);
  CHECK(plan.start_command == "node server.js && true");
  CHECK(plan.release_command == "npm run migrate");
  CHECK(plan.build_command == "npm run build");
  CHECK(plan.install_command == "npm ci");
  CHECK(plan.run_packages == std::vector<std::string>{"libvips42", "ffmpeg"});
  CHECK(plan.resources.memory_bytes == 1LL << 30);

  auto service = make_service(config, plan, "shop");
  CHECK(service.name == "shop");
  CHECK(service.port == 8080);
  CHECK(service.env.at("PORT") == "8080");
  CHECK(service.replicas == 3);
  CHECK(service.health.kind == ProbeKind::http);
  CHECK(service.health.path == "/healthz");
  CHECK(service.health.path_is_explicit);
  CHECK(service.health.timeout == Millis(500));
  CHECK(service.health.start_period == Millis(120'000));
  CHECK(service.health.retries == 5);
  CHECK_FALSE(service.health.restart);
  CHECK(service.limits.cpu_millis == 250);
  CHECK(service.limits.pids == 100);
  CHECK(service.limits.nofile == 2048);
  CHECK(service.privileges.writable_root);
  CHECK(service.privileges.run_as_root);
  CHECK_FALSE(service.privileges.new_privileges);
  CHECK(service.privileges.capabilities == std::vector<std::string>{"NET_BIND_SERVICE", "CHOWN"});
  REQUIRE(service.volumes.size() == 3);
  CHECK(service.volumes[1].read_only);
  CHECK(service.volumes[2].target == "/more");
  CHECK(service.tmpfs == std::vector<std::string>{"/tmp", "/run"});
  CHECK(service.drain_timeout == Millis(60'000));
  CHECK(service.stop_timeout == Millis(20'000));
  CHECK(service.command.empty());
}

TEST_CASE("the long form is understood, and what needs a cloud is returned as a loss") {
  auto config = good(R"(deployment:
  cloud_provider: aws  # or gcp, azure
  region: us-west-2
  kubernetes:
    cluster_type: eks
    min_nodes: 2
  application:
    port: 3000
    env_vars:
      NODE_ENV: production
      LOG_LEVEL: info
    resources:
      cpu: 1000m
      memory: 1Gi
    replicas: 3
    autoscaling: true
  networking:
    domain: myapp.example.com
    ssl: true
    ssl_provider: letsencrypt
)");
  CHECK(config.port->value == 3000);
  CHECK(config.env.at("LOG_LEVEL") == "info");
  CHECK(config.cpu_millis->value == 1000);
  CHECK(config.replicas->value == 3);
  CHECK(config.domains == std::vector<std::string>{"myapp.example.com"});
  std::vector<std::string> losses;
  for (const auto& loss : config.losses) losses.push_back(loss.field + " " + loss.origin);
  CHECK(losses == std::vector<std::string>{"deployment.cloud_provider podwright.yaml:2:3", "deployment.region podwright.yaml:3:3",
                                           "deployment.kubernetes podwright.yaml:4:3", "deployment.application.autoscaling podwright.yaml:16:5",
                                           "deployment.networking.ssl podwright.yaml:19:5", "deployment.networking.ssl_provider podwright.yaml:20:5"});
  CHECK(good("deployment: {application: {autoscaling: false}, networking: {ssl: false}}").losses.empty());
}

TEST_CASE("an empty file says nothing, and the service is hardened all the same") {
  auto config = good("# nothing yet\n");
  BuildPlan plan{.port = 3000};
  plan.evidence.push_back({.field = "port", .value = "3000", .file = "server.js", .line = 1, .weight = 0.7});
  REQUIRE(apply(config, plan).has_value());
  CHECK(plan.port == 3000);
  CHECK(plan.evidence.size() == 1);
  auto service = make_service(config, plan, "shop");
  CHECK(service.env == std::map<std::string, std::string>{{"PORT", "3000"}});
  CHECK(service.limits.memory_bytes == 512LL << 20);
  CHECK(service.limits.cpu_millis == 500);
  CHECK_FALSE(service.health.path_is_explicit);
  CHECK_FALSE(service.privileges.writable_root);
  CHECK(service.tmpfs == std::vector<std::string>{"/tmp"});
}

TEST_CASE("every value that overrides the analysis leaves its line as evidence") {
  BuildPlan plan;
  REQUIRE(apply(good("start: run me\n\nport: 80\nresources:\n  cpu: 2\n"), plan).has_value());
  std::vector<std::string> said;
  for (const auto& evidence : plan.evidence) {
    CHECK(evidence.weight == 1.0);
    said.push_back(fmt::format("{}={} {}:{}", evidence.field, evidence.value, evidence.file, evidence.line));
  }
  CHECK(said == std::vector<std::string>{"startCommand=run me podwright.yaml:1", "port=80 podwright.yaml:3", "resources.cpu=2000m podwright.yaml:5"});
}

TEST_CASE("an unknown key is an error at its place with the key that was probably meant") {
  auto found = problems("prot: 80\nhealth:\n  pathh: /x\nzzzzzzzzzz: 1\ndeployment:\n  aplication: {}\n");
  CHECK(found.at == std::vector<std::string>{"1:1", "3:3", "4:1", "6:3"});
  CHECK(found.text.contains("podwright.yaml:1:1: unknown key 'prot', did you mean 'port'?"));
  CHECK(found.text.contains("unknown key 'health.pathh', did you mean 'path'?"));
  CHECK(found.text.contains("unknown key 'zzzzzzzzzz', known here are name, port"));
  CHECK(found.text.contains("did you mean 'application'?"));
}

TEST_CASE("wrong types and values are errors at the value") {
  struct {
    const char* text;
    const char* at;
    const char* says;
  } rows[] = {
      {"port: 0", "1:7", "port must be between 1 and 65535, not 0"},
      {"port: 70000", "1:7", "between 1 and 65535"},
      {"port: web", "1:7", "port must be a whole number, not 'web'"},
      {"port: \"80\"", "1:8", "write it without quotes"},
      {"port: [80]", "1:7", "port must be a whole number, not a list"},
      {"port:", "1:1", "port must be a whole number, not nothing"},
      {"replicas: 0", "1:11", "between 1 and 100"},
      {"replicas: 1.5", "1:11", "whole number"},
      {"name: My App", "1:7", "cannot be used as the application name"},
      {"env: [A=1, B]", "1:12", "each of env must be KEY=value"},
      {"env: {A-B: 1}", "1:12", "name of an environment variable"},
      {"env: {A: [1]}", "1:10", "env.A must have a value"},
      {"env: 1", "1:6", "env must be a mapping"},
      {"resources: {cpu: fast}", "1:18", "resources.cpu must be processors such as 500m"},
      {"resources: {cpu: 1m}", "1:18", "between 10m and 1024"},
      {"resources: {memory: 1}", "1:21", "resources.memory must be between 6Mi"},
      {"resources: {memory: lots}", "1:21", "must be a size"},
      {"domain: \"*.example.com\"", "1:10", "cannot be used as the domain"},
      {"domains: [a.example, A.example]", "1:22", "the domain a.example is named twice"},
      {"health: healthz", "1:9", "must begin with '/'"},
      {"health: {path: /, tcp: true}", "1:19", "more than one of path, tcp and command"},
      {"health: {timeout: soon}", "1:19", "must be a time such as 30s"},
      {"health: {timeout: 1h}", "1:19", "health.timeout must be between"},
      {"health: {retries: 0}", "1:19", "between 1 and 100"},
      {"health: {command: \"curl | sh\"}", "1:20", "without a shell"},
      {"build: {packages: [--yes]}", "1:19", "not the name of a Debian package"},
      {"build: {secrets: [A B]}", "1:18", "environment variable"},
      {"build: {root: ../x}", "1:15", "cannot be used as the path"},
      {"start: \"\"", "1:9", "start must be text, not empty"},
      {"volumes: [/etc:/etc]", "1:11", "a folder of the machine cannot be mounted"},
      {"volumes: [data]", "1:11", "must be name:/folder"},
      {"volumes: [\"data:/proc/x\"]", "1:12", "absolute folder in the container"},
      {"volumes: [\"data:/a/../b\"]", "1:12", "absolute folder"},
      {"volumes: [\"a:/x\", \"b:/x\"]", "1:20", "two volumes have the target /x"},
      {"tmpfs: [tmp]", "1:8", "absolute folder"},
      {"security: {writable_root: maybe}", "1:27", "true or false, not 'maybe'"},
      {"security: {capabilities: [SYS_ADMIN]}", "1:26", "cannot be given"},
      {"security: {capabilities: [NET_BIND_SERVICES]}", "1:26", "did you mean 'NET_BIND_SERVICE'?"},
      {"stop_timeout: -1", "1:15", "must be a time"},
      {"- port", "1:1", "must be a mapping of keys, not a list"},
      {"just text", "1:1", "must be a mapping of keys, not text"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    auto found = problems(row.text);
    INFO(found.text);
    REQUIRE(found.at.size() == 1);
    CHECK(found.at[0].starts_with(row.at));
    CHECK(found.text.contains(row.says));
  }
}

TEST_CASE("all problems are reported together, in the order of the file") {
  auto found = problems("replicas: none\nprot: 80\nport: 0\nsecurity:\n  run_as_rot: true\n  new_privileges: 1\n");
  CHECK(found.at == std::vector<std::string>{"1:11", "2:1", "3:7", "5:3", "6:19"});
}

TEST_CASE("one setting under two keys, and one key twice, are errors") {
  CHECK(problems("port: 1\ndeployment: {application: {port: 2}}\n").at == std::vector<std::string>{"2:28"});
  CHECK(problems("env: {A: 1}\nenv_vars: {A: 2}\n").text.contains("env.A is set twice"));
  CHECK(good("env: {A: 1}\nenv_vars: {B: 2}\n").env.size() == 2);
  CHECK(problems("port: 1\nport: 2\n").at == std::vector<std::string>{"2:1"});
}

TEST_CASE("hostile text is shown inert and bounded") {
  auto found = problems("\"\\e[2J\": 1\n");
  CHECK(found.text.find('\x1b') == std::string::npos);
  std::string many;
  for (int i = 0; i < 500; ++i) many += fmt::format("unknown_key_{}: 1\n", i);
  CHECK(problems(many).text.size() < 20'000);
  CHECK(problems("a: &a [*a]").text.size() > 0);
  CHECK_FALSE(parse("x: [").has_value());
}

TEST_CASE("a short health check and a worker's have their defaults") {
  auto service = make_service(good("health: /up"), BuildPlan{.port = 80}, "a");
  CHECK(service.health.path == "/up");
  CHECK(service.health.path_is_explicit);
  CHECK(make_service(good("health: {tcp: true}"), BuildPlan{.port = 80}, "a").health.kind == ProbeKind::tcp);
  auto command = make_service(good("health: {command: pg_isready -q}"), BuildPlan{.port = 80}, "a").health;
  CHECK(command.kind == ProbeKind::exec);
  CHECK(command.command == std::vector<std::string>{"pg_isready", "-q"});
  auto worker = make_service(AppConfig{}, BuildPlan{.port = 0}, "a");
  CHECK_FALSE(worker.env.contains("PORT"));
  CHECK(worker.health.stability >= Millis(1000));
  CHECK(make_service(good("env: {PORT: 9}"), BuildPlan{.port = 80}, "a").env.at("PORT") == "9");
}

TEST_CASE("with a Dockerfile the start command replaces the image's, and build keys are said to be without effect") {
  BuildPlan plan{.runtime = RuntimeKind::containerfile, .containerfile = "Dockerfile"};
  auto config = good("start: ./server --port 80\nbuild: {command: make}\n");
  REQUIRE(apply(config, plan).has_value());
  CHECK(plan.build_command.empty());
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].contains("podwright.yaml:2: build.command has no effect: Dockerfile"));
  CHECK(make_service(config, plan, "a").command == std::vector<std::string>{"./server", "--port", "80"});
  auto status = apply(good("\nstart: a && b"), plan);
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().origin == "podwright.yaml:2");
}

TEST_CASE("a Procfile's web and release lines override, other types are named") {
  BuildPlan plan{.start_command = "old"};
  apply_procfile("# processes\nweb: gunicorn app:app -b 0.0.0.0:$PORT\nrelease: ./migrate\r\nworker: celery\n\x1b[2J\n", plan);
  CHECK(plan.start_command == "gunicorn app:app -b 0.0.0.0:$PORT");
  CHECK(plan.release_command == "./migrate");
  REQUIRE(plan.evidence.size() == 2);
  CHECK(plan.evidence[0].file == "Procfile");
  CHECK(plan.evidence[0].line == 2);
  REQUIRE(plan.warnings.size() == 2);
  CHECK(plan.warnings[0].contains("'worker'"));
  CHECK(plan.warnings[1].contains("Procfile:5"));
}
