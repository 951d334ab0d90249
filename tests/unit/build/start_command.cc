#include "build/start_command.hh"

#include <doctest/doctest.h>

using namespace podwright::build;
using Words = std::vector<std::string>;

TEST_CASE("a start command becomes words, or sh with exec before its last command") {
  struct Row {
    std::string_view command;
    Words argv;
  };
  const Row rows[] = {
      {"node server.js", {"node", "server.js"}},
      {"gunicorn app:app --bind 0.0.0.0:$PORT", {"gunicorn", "app:app", "--bind", "0.0.0.0:8000"}},
      {"uvicorn main:app --port ${PORT:-3000}", {"uvicorn", "main:app", "--port", "8000"}},
      {"echo \"a b\" 'c $PORTAL'", {"echo", "a b", "c $PORTAL"}},
      {"./migrate && ./serve", {"/bin/sh", "-c", "./migrate && exec ./serve"}},
      {"MODE=fast ./serve", {"/bin/sh", "-c", "MODE=fast exec ./serve"}},
      {"./serve | tee log", {"/bin/sh", "-c", "./serve | tee log"}},
      {"./serve $EXTRA", {"/bin/sh", "-c", "exec ./serve $EXTRA"}},
      {"cd web && node .", {"/bin/sh", "-c", "cd web && exec node ."}},
      {"java -jar target/*.jar", {"/bin/sh", "-c", "exec java -jar target/*.jar"}},
      {"echo 'it && is' && run", {"/bin/sh", "-c", "echo 'it && is' && exec run"}},
      {"exec ./serve", {"/bin/sh", "-c", "exec ./serve"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.command);
    CHECK(start_argv(row.command, 8000) == row.argv);
  }
}

TEST_CASE("other package managers' scripts are started by npm") {
  CHECK(in_npm_words("yarn start") == "npm run start");
  CHECK(in_npm_words("pnpm run serve --host x") == "npm run serve -- --host x");
  CHECK(in_npm_words("pnpm exec next start") == "npx --no -- next start");
  CHECK(in_npm_words("yarn build && yarn start") == "yarn build && yarn start");
  CHECK(in_npm_words("node x.js") == "node x.js");
}

TEST_CASE("an npm script that is one simple command runs without npm") {
  const std::map<std::string, std::string> scripts{{"start", "node server.js"}, {"serve", "NODE_ENV=production node dist/main.js"}};
  CHECK(without_npm("npm run start", scripts) == "node server.js");
  CHECK(without_npm("npm start", scripts) == "node server.js");
  CHECK(without_npm("npm run serve -- --port $PORT", scripts) == "NODE_ENV=production node dist/main.js --port $PORT");
  for (auto same : {"npm run worker", "npm run start -w api", "npm run start && date", "npm install", "npm serve", "node x.js", "npm run", "npm"}) CHECK(without_npm(same, scripts) == same);
}
