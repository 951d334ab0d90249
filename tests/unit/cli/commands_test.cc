#include "cli/exec.hh"
#include "cli/location.hh"
#include "cli/show.hh"
#include "unit/cli/fake_daemon.hh"

namespace podwright::cli {

using Strings = std::vector<std::string>;

TEST_CASE("each command makes its request") {
  FakeDaemon daemon;
  struct Case {
    Strings args;
    std::string request;  // method, path and query
    std::string body;
  };
  const Case cases[] = {
      {{"apps"}, "GET /v1/apps", ""},
      {{"ps"}, "GET /v1/instances", ""},
      {{"ps", "shop"}, "GET /v1/instances app=shop", ""},
      {{"releases", "shop", "--env", "staging"}, "GET /v1/apps/shop/releases environment=staging", ""},
      {{"deployments", "shop", "--limit", "5"}, "GET /v1/deployments app=shop limit=5", ""},
      {{"show", "d1"}, "GET /v1/deployments/d1", ""},
      {{"events", "--after", "7"}, "GET /v1/events after=7", ""},
      {{"events", "-f", "--after", "3"}, "GET /v1/events after=3 follow=1", ""},
      {{"logs", "shop", "-f", "--since", "10m", "--tail", "5", "-t"}, "GET /v1/apps/shop/logs follow=1 since=10m tail=5 timestamps=1", ""},
      {{"logs", "shop", "--since", "1970-01-02T00:00:00Z"}, "GET /v1/apps/shop/logs since=86400", ""},
      {{"logs", "--build", "d1"}, "GET /v1/deployments/d1/log", ""},
      {{"rollback", "shop"}, "POST /v1/apps/shop/rollback", "{}"},
      {{"rollback", "shop", "--to", "3", "--env", "staging"}, "POST /v1/apps/shop/rollback", R"({"to":3,"environment":"staging"})"},
      {{"scale", "shop", "2"}, "POST /v1/apps/shop/scale", R"({"replicas":2})"},
      {{"restart", "shop"}, "POST /v1/apps/shop/restart", "{}"},
      {{"stop", "shop"}, "POST /v1/apps/shop/stop", "{}"},
      {{"start", "shop"}, "POST /v1/apps/shop/start", "{}"},
      {{"destroy", "shop", "--yes", "--volumes"}, "DELETE /v1/apps/shop volumes=1", ""},
      {{"cancel", "d1"}, "POST /v1/deployments/d1/cancel", "{}"},
      {{"run", "shop", "--", "echo", "--json", "a b"}, "POST /v1/apps/shop/run", R"({"argv":["echo","--json","a b"]})"},
      {{"host", "add", "deploy@web1", "--host-key", "SHA256:x", "--labels", "role=web"},
       "POST /v1/hosts",
       R"({"destination":"deploy@web1","host_key":"SHA256:x","accept_new_key":false,"fix":false,"labels":{"role":"web"}})"},
      {{"host", "add", "local", "--name", "here", "--fix"},
       "POST /v1/hosts",
       R"({"destination":"local","host_key":"","accept_new_key":false,"fix":true,"name":"here","labels":{}})"},
      {{"host", "ls", "--label", "role=web"}, "GET /v1/hosts label=role=web", ""},
      {{"host", "show", "web1"}, "GET /v1/hosts/web1", ""},
      {{"host", "check", "web1", "--fix"}, "POST /v1/hosts/web1/check", R"({"fix":true})"},
      {{"host", "rm", "web1"}, "DELETE /v1/hosts/web1", ""},
      {{"host", "rm", "web1", "--force", "--yes"}, "DELETE /v1/hosts/web1 force=1", ""},
      {{"host", "exec", "web1", "--limit", "2s", "--", "ls", "--json"},
       "POST /v1/hosts/web1/exec",
       R"({"argv":["ls","--json"],"limit_ms":2000})"},
      {{"gc"}, "POST /v1/gc", "{}"},
      {{"doctor"}, "GET /v1/doctor", ""},
      {{"base", "ls"}, "GET /v1/bases", ""},
      {{"base", "update"}, "POST /v1/bases/update", "{}"},
      {{"logs", "apps"}, "GET /v1/apps/apps/logs", ""},              // an app that is called like a command
      {{"show", "../x y?z"}, "GET /v1/deployments/../x y?z", ""},    // nothing leaves its segment
  };
  for (const auto& one : cases) {
    CAPTURE(one.request);
    auto outcome = podwright(daemon.dir(), one.args);
    CHECK(outcome.code == 3);  // the scripted daemon knows nothing of it
    CHECK(outcome.err.starts_with("error: api: nothing at "));
    CHECK(outcome.err.ends_with("hint: look elsewhere\n"));
    auto sent = daemon.last();
    auto request = sent.method + " " + sent.path;
    for (const auto& [key, value] : sent.query) request += " " + key + "=" + value;
    CHECK(request == one.request);
    CHECK(sent.body == one.body);
  }
}

TEST_CASE("lists are tables for people and the API's JSON for programs") {
  FakeDaemon daemon;
  auto body = R"({"apps":[{"app":"shop","environment":"production","status":"running","release":3,"replicas":{"want":2,"ready":1},"hosts":[{"host":"web1","release":3}],)"
              R"("url":"http://shop.localhost:8080","domains":[],"updated_at":"2026-01-04T10:30:00.000Z"},{"app":"evil\u001b[2J"}]})";
  daemon.on("GET /v1/apps", body);
  auto table = podwright(daemon.dir(), {"apps"});
  CHECK(table.code == 0);
  CHECK(table.out.starts_with("APP          ENVIRONMENT  STATUS   RELEASE  READY  HOST  URL                         UPDATED\n"
                              "shop         production   running  3        1/2    web1  http://shop.localhost:8080  "));
  CHECK(table.out.contains("evil\\x1b[2J"));
  CHECK(podwright(daemon.dir(), {"apps", "--json"}).json() == boost::json::parse(body));
  daemon.on("GET /v1/apps", R"({"apps":[]})");
  CHECK(podwright(daemon.dir(), {"apps"}).out.contains("podwright deploy"));
}

TEST_CASE("destructive commands ask on a terminal, take --yes anywhere, and refuse where nobody can answer") {
  FakeDaemon daemon;
  daemon.on("DELETE /v1/apps/shop", R"({"ok":true})");
  auto refused = podwright(daemon.dir(), {"destroy", "shop"});
  CHECK(refused.code == 2);
  CHECK(refused.err.contains("add --yes"));
  CHECK(podwright(daemon.dir(), {"destroy", "shop"}, {.interactive = true, .answer = "n"}).code == 8);
  CHECK(daemon.requests().empty());
  auto asked = podwright(daemon.dir(), {"destroy", "shop"}, {.interactive = true, .answer = "y"});
  CHECK(asked.err.contains("Remove the app 'shop'"));
  CHECK(asked.code == 0);
  CHECK(podwright(daemon.dir(), {"--yes", "destroy", "shop"}).code == 0);
  CHECK(podwright(daemon.dir(), {"destroy", "-y", "shop"}).code == 0);
  CHECK(daemon.requests().size() == 3);
}

TEST_CASE("run prints the output as it is and ends with the command's exit code") {
  FakeDaemon daemon;
  daemon.on("POST /v1/apps/shop/run", "{\"output\":\"one\\n\"}\n{\"output\":\"two\"}\n{\"exit_code\":42}\n");
  auto outcome = podwright(daemon.dir(), {"run", "shop", "--", "x"});
  CHECK(outcome.out == "one\ntwo");
  CHECK(outcome.code == 42);
  daemon.on("POST /v1/apps/shop/run", "{\"error\":{\"code\":\"timeout\",\"message\":\"too slow\"}}\n");
  CHECK(podwright(daemon.dir(), {"run", "shop", "--", "x"}).code == 7);
  daemon.on("POST /v1/apps/shop/run", "{\"output\":\"one\"}\n");
  CHECK(podwright(daemon.dir(), {"run", "shop", "--", "x"}).code == 10);
}

TEST_CASE("logs are inert on a terminal and untouched in a pipe") {
  FakeDaemon daemon;
  const std::string raw = "plain\n\x1b[32mgreen\x1b[0m\n\x1b]0;title\x07\nlast";
  daemon.on("GET /v1/apps/shop/logs", raw);
  CHECK(podwright(daemon.dir(), {"logs", "shop"}).out == raw);
  auto seen = podwright(daemon.dir(), {"logs", "shop"}, {.live = true, .colour = true}).out;
  CHECK(seen == "plain\n\x1b[32mgreen\x1b[0m\x1b[0m\n\\x1b]0;title\\x07\nlast\n");
}

TEST_CASE("doctor shows hints for what is wrong and fails when a check failed") {
  FakeDaemon daemon;
  daemon.on("GET /v1/doctor", R"({"checks":[{"name":"podman","status":"ok","detail":"4.3.1","hint":"x"},{"name":"disk","status":"warn","detail":"low","hint":"podwright gc"}]})");
  auto outcome = podwright(daemon.dir(), {"doctor"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "✓ podman                 4.3.1\n! disk                   low\n  hint: podwright gc\n");
  daemon.on("GET /v1/doctor", R"({"checks":[{"name":"podman","status":"fail","detail":"missing","hint":"apt-get install podman"}]})");
  CHECK(podwright(daemon.dir(), {"doctor"}).code == 10);
}

TEST_CASE("events are lines for people and NDJSON for programs") {
  FakeDaemon daemon;
  auto line = std::string(R"({"seq":1,"at":"2026-01-04T10:30:00.000Z","type":"route.switched","app":"shop","environment":"production","message":"to release 3"})");
  daemon.on("GET /v1/events", line + "\n");
  CHECK(podwright(daemon.dir(), {"events", "--json"}).out == line + "\n");
  daemon.on("GET /v1/events", "{\"seq\":0,\"message\":\"older\"}\n" + line + "\n");
  CHECK(podwright(daemon.dir(), {"events", "--limit", "1", "--json"}).out == line + "\n");
  daemon.on("GET /v1/events", line + "\n");
  CHECK(podwright(daemon.dir(), {"events"}).out == "2026-01-04T10:30:00.000Z  route.switched        shop.production           to release 3\n");
}

TEST_CASE("show tells the story of a deployment") {
  FakeDaemon daemon;
  daemon.on("GET /v1/deployments/d1", R"({"id":"d1","kind":"deploy","status":"FAILED","app":"shop","environment":"production","release":0,"source":"/src",
    "phases":[{"phase":"BUILDING","at":"t","ms":3200}],"error":{"code":"failed","message":"broke","hint":"fix it","origin":"a.js:1"}})");
  auto outcome = podwright(daemon.dir(), {"show", "d1"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "Deployment    d1 (deploy)\nStatus        FAILED\nApp           shop in production\nSource        /src\n"
                       "Phases\n  BUILDING             3.2 s  t\nerror: a.js:1: broke\nhint: fix it\n");
}

TEST_CASE("exec becomes podman exec with its words untouched") {
  CHECK(exec_argv("pw-shop-1", {"sh", "-c", "echo $HOME"}, false) == Strings{"podman", "exec", "-i", "pw-shop-1", "sh", "-c", "echo $HOME"});
  CHECK(exec_argv("pw-shop-1", {"sh"}, true)[2] == "-it");
  FakeDaemon daemon;
  daemon.on("GET /v1/instances", R"({"instances":[{"name":"a","app":"shop","environment":"production","state":"exited"}]})");
  auto outcome = podwright(daemon.dir(), {"exec", "shop", "--", "true"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.contains("podwright run"));
}

TEST_CASE("a wrong command line is exit code 2 with a suggestion") {
  TempDir dir = *TempDir::make("podwright-cli");
  struct Case {
    Strings args;
    std::string hint;
  };
  const Case cases[] = {
      {{"deply"}, "did you mean 'deploy'?"},
      {{"deploy", "--domian", "x"}, "did you mean '--domain'?"},
      {{"deploy", "--port", "many"}, "'podwright deploy --help'"},
      {{"rollback"}, "'podwright rollback --help'"},
      {{"base", "upd"}, "'podwright base --help'"},
      {{"completion", "csh"}, "'podwright completion --help'"},
      {{"deploy", "--set-env", "novalue"}, "--set-env LOG_LEVEL=debug"},
      {{"logs"}, "podwright logs APP"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.args);
    auto outcome = podwright(dir.path(), one.args);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.starts_with("error: "));
    CHECK_MESSAGE(outcome.err.contains(one.hint), outcome.err);
    CHECK(outcome.out == "");
  }
}

TEST_CASE("every command has a help with an example, and help is no error") {
  TempDir dir = *TempDir::make("podwright-cli");
  auto root = podwright(dir.path(), {"--help"});
  CHECK(root.code == 0);
  for (const auto& command : all_commands()) {
    CAPTURE(command.name);
    CHECK(root.out.contains("\n  " + command.name + " "));
    auto help = podwright(dir.path(), {command.name, "--help"});
    CHECK(help.code == 0);
    CHECK(help.out.contains(command.summary));
    CHECK((help.out.contains("Examples:\n  podwright " + command.name) || command.name == "completion" || !command.children.empty()));
  }
}

TEST_CASE("version tells the program's and the daemon's") {
  FakeDaemon daemon;
  CHECK(podwright(daemon.dir(), {"version"}).out.contains("daemon 0.1.0 (pid 1)"));
  auto answer = podwright(daemon.dir(), {"version", "--json"}).json();
  CHECK(answer.at("pid") == 1);
  CHECK(answer.as_object().contains("client"));
  CHECK(podwright(daemon.dir(), {"--version"}).out.starts_with("podwright "));
}

TEST_CASE("completion knows commands, options, values and apps, and asks only a running daemon") {
  FakeDaemon daemon;
  daemon.on("GET /v1/apps", R"({"apps":[{"app":"shop"},{"app":"shop","environment":"staging"},{"app":"blog"}]})");
  TempDir nobody = *TempDir::make("podwright-cli");
  auto ask = [&](Strings words, const fs::path& dir) {
    words.insert(words.begin(), {"--state-dir", dir.native()});
    Session session(standard_terminal());
    return complete(words, all_commands(), session);
  };
  CHECK(ask({"ro"}, daemon.dir()) == "rollback\n");
  CHECK(ask({"base", ""}, daemon.dir()) == "ls\nupdate\n");
  CHECK(ask({"deploy", "--do"}, daemon.dir()) == "--domain\n");
  CHECK(ask({"deploy", "--y"}, daemon.dir()) == "--yes\n");
  CHECK(ask({"logs", "-f", ""}, daemon.dir()) == "blog\nshop\n");
  CHECK(ask({"logs", "--env", ""}, daemon.dir()) == "");
  CHECK(ask({"deploy", "--app", "s"}, daemon.dir()) == "shop\n");
  CHECK(ask({"completion", ""}, daemon.dir()) == "bash\nfish\nzsh\n");
  CHECK(ask({"logs", ""}, nobody.path()) == "");
}

TEST_CASE("ages, durations and times read well") {
  auto now = *parse_iso8601("2026-01-04T10:30:00.000Z");
  CHECK(to_iso8601(now) == "2026-01-04T10:30:00.000Z");
  CHECK(age("2026-01-04T10:29:58Z", now) == "just now");
  CHECK(age("2026-01-04T10:00:00Z", now) == "30 min");
  CHECK(age("2026-01-01T10:00:00Z", now) == "3 days");
  CHECK(age("yesterday", now) == "");
  CHECK_FALSE(parse_iso8601("2026-02-31T10:00:00Z").has_value());
  CHECK(duration(Millis(12)) == "12 ms");
  CHECK(duration(Millis(3240)) == "3.2 s");
  CHECK(duration(Millis(245000)) == "4 min 05 s");
}

TEST_CASE("a location that exists is a path, a git URL stays as it is") {
  TempDir dir = *TempDir::make("podwright-cli");
  fs::create_directory(dir.path() / "a@b:c");
  auto before = fs::current_path();
  fs::current_path(dir.path());
  CHECK(absolute_location("a@b:c") == dir.path() / "a@b:c");
  CHECK(absolute_location(".") == dir.path());
  CHECK(absolute_location("x/../y/") == dir.path() / "y");
  fs::current_path(before);
  CHECK(absolute_location("git@host:team/app.git") == "git@host:team/app.git");
  CHECK(absolute_location("https://host/app") == "https://host/app");
}

}  // namespace podwright::cli
