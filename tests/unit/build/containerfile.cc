#include <doctest/doctest.h>

#include <cstdlib>

#include "base/fs.hh"
#include "build/build.hh"
#include "build/ignore_file.hh"
#include "build/layout.hh"
#include "build/recipe.hh"
#include "build/registry_bases.hh"

using namespace podwright;
using namespace podwright::build;

namespace {

BuildPlan plan_of(std::string language, RuntimeKind runtime, std::string manager, std::string start) {
  BuildPlan plan{.name = "shop", .root = ".", .language = std::move(language), .package_manager = std::move(manager), .start_command = std::move(start)};
  plan.runtime = runtime;
  plan.port = 8000;
  plan.honors_port = true;
  return plan;
}

BuildPlan with_build(BuildPlan plan, std::string install, std::string build, std::vector<std::string> manifests, std::vector<std::string> outputs = {}) {
  plan.install_command = std::move(install);
  plan.build_command = std::move(build);
  plan.manifest_files = std::move(manifests);
  plan.outputs = std::move(outputs);
  return plan;
}

BuildPlan workspace() {
  auto plan = with_build(plan_of("node", RuntimeKind::node, "pnpm", "node dist/main.js"), "pnpm install --frozen-lockfile", "pnpm build",
                         {"package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "apps/api/package.json"});
  plan.root = "apps/api";
  plan.build_from_source_root = true;
  return plan;
}

BuildPlan spa() {
  auto plan = with_build(plan_of("node", RuntimeKind::static_files, "npm", ""), "npm ci", "npm run build", {"web/package.json", "web/package-lock.json"});
  plan.root = "web";
  plan.publish_dir = "dist";
  plan.single_page = true;
  plan.port = 8080;
  return plan;
}

BuildPlan php() {
  auto plan = with_build(plan_of("php", RuntimeKind::php, "composer", "php -S 0.0.0.0:$PORT -t public"), "composer install --no-dev --no-scripts", "", {"composer.json", "composer.lock"});
  plan.publish_dir = "public";
  plan.run_packages = {"php8.4-redis"};
  return plan;
}

BuildPlan plain_static() {
  auto plan = plan_of("static", RuntimeKind::static_files, "", "");
  plan.port = 0;
  return plan;
}

// Regenerate with PODWRIGHT_UPDATE_GOLDEN=1.
void check_golden(const std::string& name, const std::string& text) {
  auto path = fs::path(PODWRIGHT_SOURCE_DIR) / "tests/golden/build" / (name + ".Containerfile");
  if (std::getenv("PODWRIGHT_UPDATE_GOLDEN")) REQUIRE(write_file(path, text));
  CAPTURE(name);
  auto golden = read_file(path);
  REQUIRE(golden);
  CHECK(text == *golden);
}

}  // namespace

TEST_CASE("plans become the Containerfiles of tests/golden/build") {
  auto native = plan_of("go", RuntimeKind::binary, "go", "./shop");
  const std::pair<std::string, BuildPlan> plans[] = {
      {"node", with_build(plan_of("node", RuntimeKind::node, "npm", "node server.js"), "npm ci", "", {"package.json", "package-lock.json"})},
      {"node-built", with_build(plan_of("node", RuntimeKind::node, "yarn", "yarn start"), "yarn install --immutable", "yarn build", {"package.json", "yarn.lock"})},
      {"node-workspace", workspace()},
      {"spa-in-folder", spa()},
      {"static", plain_static()},
      {"python-uv", with_build(plan_of("python", RuntimeKind::python, "uv", "uvicorn main:app --host 0.0.0.0 --port $PORT"), "uv sync --locked --no-dev --no-install-project", "", {"pyproject.toml", "uv.lock"})},
      {"go", with_build(native, "go mod download", "go build -o shop .", {"go.mod", "go.sum"}, {"shop"})},
      {"rust", with_build(plan_of("rust", RuntimeKind::binary, "cargo", "target/release/shop"), "", "cargo build --release --locked", {"Cargo.toml", "Cargo.lock"}, {"target/release/shop"})},
      {"java", with_build(plan_of("java", RuntimeKind::jre, "maven", "java -jar target/shop.jar"), "", "mvn -B -DskipTests package", {"pom.xml"}, {"target/*.jar"})},
      {"php", php()},
      {"ruby", with_build(plan_of("ruby", RuntimeKind::ruby, "bundler", "bundle exec puma -p $PORT"), "bundle install", "", {"Gemfile", "Gemfile.lock"})},
      {"shell", plan_of("shell", RuntimeKind::shell, "", "./migrate.sh && ./start.sh")},
  };
  for (const auto& [name, plan] : plans) {
    auto text = containerfile(plan, {"localhost/podwright/base/build-x:13-1", "localhost/podwright/base/x:13-2"},
                              {.app = "shop", .commit = "0123abcd", .source = "https://example.org/shop", .secret_names = name == "node" ? std::vector<std::string>{"NPM_TOKEN"} : std::vector<std::string>{}});
    REQUIRE_MESSAGE(text.has_value(), (text ? "" : text.error().text()));
    CHECK(check_containerfile(*text, "Containerfile"));
    check_golden(name, *text);
  }
}

TEST_CASE("a plan that would leave the source or name a hostile thing is refused") {
  auto plan = plan_of("go", RuntimeKind::binary, "go", "./shop");
  auto refuses = [](const BuildPlan& bad, ContainerfileOptions options = {.app = "shop"}) { return !containerfile(bad, {"a", "b"}, options).has_value(); };
  auto bad = with_build(plan, "", "go build", {}, {"../../etc"});
  CHECK(refuses(bad));
  bad = plan, bad.env["A"] = "x\ny";
  CHECK(refuses(bad));
  bad = plan, bad.start_command = "";
  CHECK(refuses(bad));
  bad = plan, bad.caches = {{"/x,from=y"}};
  CHECK(refuses(bad));
  CHECK(refuses(plan, {.app = "shop", .secret_names = {"A,src=/etc/shadow"}}));
}

TEST_CASE("bases are chosen by what version each provider has") {
  auto variant = [](BuildPlan plan, std::string version) {
    plan.version = std::move(version);
    auto bases = choose_bases(plan);
    if (!bases) return std::string(name(bases.error().code));
    auto& run = bases->run;
    return (run.provider == BaseProvider::registry ? registry_reference(run.request).value() : run.request.variant + "@" + run.request.version);
  };
  auto node = plan_of("node", RuntimeKind::node, "npm", "node x");
  auto python = plan_of("python", RuntimeKind::python, "pip", "python x.py");
  CHECK(variant(node, "20") == "node@");
  CHECK(variant(node, "22") == "node@22");
  CHECK(variant(plan_of("node", RuntimeKind::node, "pnpm", "pnpm start"), "22") == "node-npm@22");
  CHECK(variant(python, "3.13") == "python@");
  CHECK(variant(python, "3.13.2") == "python@");
  CHECK(variant(python, "3.11") == "docker.io/library/python:3.11-slim");
  CHECK(variant(plan_of("java", RuntimeKind::jre, "maven", "java -jar x"), "17") == "jre@");
  CHECK(variant(plan_of("java", RuntimeKind::jre, "maven", "java -jar x"), "24") == "jre-25@");
  CHECK(variant(plan_of("dotnet", RuntimeKind::dotnet, "", "dotnet x.dll"), "8.0") == "mcr.microsoft.com/dotnet/aspnet:8.0");
  CHECK(variant(plan_of("go", RuntimeKind::binary, "go", "./x"), "1.25") == "static@");
}

TEST_CASE("every recipe stands on one root and survives the trip through its label") {
  for (const auto& request : {BaseRequest{.variant = "node", .version = "22"}, BaseRequest{.variant = "python", .packages = {"libpq5"}}, BaseRequest{.variant = "build-node", .tools = {"npm:corepack"}}}) {
    auto chain = recipe_chain(request);
    REQUIRE(chain);
    CHECK(chain->front().reference == recipe_for({.variant = "root"})->reference);
    CHECK(chain->back().request == request);
    CHECK(request_from_text(to_text(request)) == request);
  }
  CHECK_FALSE(recipe_for({.variant = "node", .version = "22; rm"}));
  CHECK_FALSE(recipe_for({.variant = "node", .packages = {"--option"}}));
  CHECK_FALSE(recipe_for({.variant = "node", .tools = {"npm:--evil"}}));
}

TEST_CASE("ignored files stay out of the build, with local secrets and version control") {
  auto patterns = ignore_patterns("!keep.env\n", "# comment\n*.log\n/build\nsub/dir/\n!important.log\n");
  for (std::string_view line : {"**/*.log\n", "build\n", "sub/dir\n", "!**/important.log\n", "!keep.env\n", ".git\n", "**/.env\n", "**/node_modules\n"}) CHECK(patterns.contains(line));
}
