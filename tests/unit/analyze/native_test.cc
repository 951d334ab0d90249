#include "unit/analyze/expect.hh"

using namespace podwright::analyze;

TEST_CASE("Go builds the main package that serves, and its port is read from the source") {
  check_all({
      {.name = "a program", .files = {{"go.mod", "module example.com/hello\n\ngo 1.22\n"}, {"main.go", "package main\nfunc main() {}\n"}},
       .language = "go", .framework = "", .start = "./out", .port = 0, .honors_port = false, .manager = "go"},
      {.name = "gin's default", .files = {{"go.mod", "module x\nrequire (\n\tgithub.com/gin-gonic/gin v1.9.0\n)\n"}, {"main.go", "package main\nfunc main() {\n r.Run()\n}\n"}},
       .language = "go", .framework = "gin", .start = "./out", .port = 8080, .honors_port = true, .manager = "go"},
      {.name = "a server beside a migration", .files = {{"go.mod", "module x\n"}, {"cmd/migrate/main.go", "package main\nfunc main() {}\n"},
        {"cmd/server/main.go", "package main\nimport (\"net/http\"; \"os\")\nfunc main() {\n port := os.Getenv(\"PORT\")\n if port == \"\" {\n  port = \"8081\"\n }\n http.ListenAndServe(\":\"+port, nil)\n}\n"}},
       .language = "go", .framework = "net/http", .start = "./out", .port = 8081, .honors_port = true, .manager = "go"},
      {.name = "a constant address", .files = {{"go.mod", "module x\n"}, {"main.go", "package main\nimport \"net/http\"\nconst addr = \":9090\"\nfunc main() {\n s := &http.Server{Addr: addr}\n s.ListenAndServe()\n}\n"}},
       .language = "go", .framework = "net/http", .start = "./out", .port = 9090, .honors_port = false, .manager = "go"},
      {.name = "no module", .files = {{"main.go", "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(\":3000\", nil) }\n"}},
       .language = "go", .framework = "net/http", .start = "./out", .port = 3000, .honors_port = false, .manager = "go"},
  });
  const auto tree = memory_tree({{"go.work", "go 1.22\nuse ./api\n"}, {"api/go.mod", "module api\n"}, {"api/main.go", "package main\nfunc main() {}\n"}, {"lib/go.mod", "module lib\n"}, {"lib/x.go", "package lib\n"}});
  const auto analysis = analyze(*tree);
  REQUIRE(analysis);
  CHECK(analysis->services.size() == 1);
  CHECK(analysis->primary().build_command == "go build -ldflags='-w -s' -o out ./api");
}

TEST_CASE("Rust runs the binary of the crate that serves") {
  check_all({
      {.name = "a program", .files = {{"Cargo.toml", "[package]\nname = \"hello\"\n"}, {"src/main.rs", "fn main() {}\n"}},
       .language = "rust", .framework = "", .start = "./target/release/hello", .port = 0, .honors_port = false, .manager = "cargo"},
      {.name = "Rocket's own configuration", .files = {{"Cargo.toml", "[package]\nname = \"r\"\n[dependencies]\nrocket = \"0.5\"\n"}, {"src/main.rs", ""}, {"Rocket.toml", "[default]\nport = 8123\n"}},
       .language = "rust", .framework = "rocket", .start = "./target/release/r", .port = 8123, .honors_port = false, .manager = "cargo"},
      {.name = "a workspace's server", .files = {{"Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"}, {"crates/core/Cargo.toml", "[package]\nname='core'\n"}, {"crates/core/src/lib.rs", ""},
        {"crates/web/Cargo.toml", "[package]\nname='site'\n[dependencies]\naxum='0.7'\n"}, {"crates/web/src/main.rs", "fn main() { let a = SocketAddr::from(([0,0,0,0], 3001)); }\n"}},
       .language = "rust", .framework = "axum", .start = "./target/release/site", .port = 3001, .honors_port = false, .manager = "cargo"},
  });
}

TEST_CASE("C and C++ start what their build file makes") {
  check_all({
      {.name = "CMake's target by its project", .files = {{"CMakeLists.txt", "project(hello)\nadd_executable(${PROJECT_NAME} main.cpp)\n"}, {"main.cpp", "int main() {}\n"}},
       .language = "cpp", .framework = "", .start = "./build/hello", .port = 0, .honors_port = false, .manager = "cmake"},
      {.name = "Meson", .files = {{"meson.build", "project('t', 'c')\nexecutable('demo', 'main.c')\n"}, {"main.c", "int main(void) { return 0; }\n"}},
       .language = "c", .framework = "", .start = "./build/demo", .port = 0, .honors_port = false, .manager = "meson"},
      {.name = "a single file that listens", .files = {{"main.c", "int main(void) { addr.sin_port = htons(8080); listen(fd, 1); }\n"}},
       .language = "c", .framework = "", .start = "./app", .port = 8080, .honors_port = false, .manager = ""},
  });
}

TEST_CASE("other native languages start what they build") {
  check_all({
      {.name = "Haskell with Stack", .files = {{"stack.yaml", "resolver: lts-22\n"}, {"package.yaml", "name: h\nexecutables:\n  h-exe:\n    main: Main.hs\n"}, {"app/Main.hs", "main = scotty 3001 $ do\n"}},
       .language = "haskell", .framework = "", .start = "./bin/h-exe", .port = 3001, .honors_port = false, .manager = "stack"},
      {.name = "Vapor", .files = {{"Package.swift", "// swift-tools-version:5.9\nlet package = Package(name: \"h\", dependencies: [.package(url: \"https://github.com/vapor/vapor.git\", from: \"4.0.0\")], targets: [.executableTarget(name: \"App\")])\n"}, {"Sources/App/main.swift", ""}},
       .language = "swift", .framework = "vapor", .start = "./.build/release/App serve --env production --hostname 0.0.0.0 --port $PORT", .port = 8080, .honors_port = true, .manager = "swift"},
      {.name = "Zig", .files = {{"build.zig", "const exe = b.addExecutable(.{ .name = \"z\" });\n"}, {"src/main.zig", ""}},
       .language = "zig", .framework = "", .start = "./zig-out/bin/z", .port = 0, .honors_port = false, .manager = "zig"},
      {.name = "Dart", .files = {{"pubspec.yaml", "name: d\ndependencies:\n  shelf: ^1.0.0\n"}, {"bin/server.dart", "final port = int.parse(Platform.environment['PORT'] ?? '8090');\nserve(h, ip, port);\n"}},
       .language = "dart", .framework = "shelf", .start = "./bin/server", .port = 8090, .honors_port = true, .manager = "pub"},
      {.name = "Crystal", .files = {{"shard.yml", "name: c\ntargets:\n  web:\n    main: src/web.cr\ndependencies:\n  kemal:\n    github: kemalcr/kemal\n"}, {"src/web.cr", "Kemal.run\n"}},
       .language = "crystal", .framework = "kemal", .start = "./bin/web", .port = 3000, .honors_port = false, .manager = "shards"},
      {.name = "COBOL", .files = {{"src/index.cbl", "       IDENTIFICATION DIVISION.\n"}, {"src/other.cbl", "       IDENTIFICATION DIVISION.\n"}},
       .language = "cobol", .framework = "", .start = "./bin/index", .port = 0, .honors_port = false, .manager = ""},
      {.name = "Lua", .files = {{"main.lua", "print('hi')\n"}}, .language = "lua", .framework = "", .start = "lua main.lua", .port = 0, .honors_port = false, .manager = ""},
      {.name = "a Phoenix release", .files = {{"mix.exs", "def project do\n [app: :shop, elixir: \"~> 1.15\"]\nend\ndefp deps, do: [{:phoenix, \"~> 1.7\"}]\n"}, {"config/runtime.exs", "port = String.to_integer(System.get_env(\"PORT\") || \"4001\")\nconfig :shop, http: [port: port]\n"}},
       .language = "elixir", .framework = "phoenix", .start = "_build/prod/rel/shop/bin/shop start", .port = 4001, .honors_port = true, .manager = "mix"},
      {.name = "an Erlang release", .files = {{"rebar.config", "{deps, [cowboy]}.\n{relx, [{release, {hello, \"0.1\"}, [hello]}]}.\n"}, {"src/hello_app.erl", "start(_, _) -> ok.\n"}},
       .language = "erlang", .framework = "", .start = "_build/prod/rel/hello/bin/hello foreground", .port = 8080, .honors_port = false, .manager = "rebar3"},
      {.name = "Gleam", .files = {{"gleam.toml", "name = \"g\"\n[dependencies]\nmist = \"1\"\n"}, {"src/g.gleam", "mist.port(3030)\n"}},
       .language = "gleam", .framework = "mist", .start = "./build/erlang-shipment/entrypoint.sh run", .port = 3030, .honors_port = false, .manager = "gleam"},
  });
}
