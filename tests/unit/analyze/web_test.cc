#include "expect.hh"

using namespace podwright;
using namespace podwright::analyze;

TEST_CASE("PHP, Ruby, Deno, static sites and scripts are recognised by what they are") {
  check_all({
      {"laravel with vite", {{"artisan", "<?php"}, {"composer.json", R"({"require":{"php":"^8.2","laravel/framework":"^11"}})"}, {"composer.lock", "{}"}, {"public/index.php", "<?php"},
        {"package.json", R"({"scripts":{"build":"vite build"},"devDependencies":{"vite":"5","laravel-vite-plugin":"1"}})"}},
       "php", "laravel", "php artisan serve --host=0.0.0.0 --port=${PORT:-8080}", 8080, true, "composer"},
      {"a page of php", {{"index.php", "<?php"}}, "php", "", "php -S 0.0.0.0:${PORT:-8080}", 8080, true, ""},
      {"php for the command line", {{"main.php", "<?php"}}, "php", "", "php main.php", 0, false, ""},
      {"slim in public", {{"composer.json", R"({"require":{"slim/slim":"4"}})"}, {"public/index.php", ""}}, "php", "slim", "php -S 0.0.0.0:${PORT:-8080} -t public", 8080, true, "composer"},
      {"heroku's php launcher names the folder", {{"composer.json", "{}"}, {"index.php", ""}, {"Procfile", "web: vendor/bin/heroku-php-apache2 htdocs/"}}, "php", "", "php -S 0.0.0.0:${PORT:-8080} -t htdocs", 8080, true, "composer"},
      {"rails with a node front end", {{"Gemfile", "gem 'rails'\ngem 'puma'"}, {"Gemfile.lock", ""}, {"bin/rails", ""}, {"config.ru", ""}, {"config/puma.rb", "port ENV.fetch(\"PORT\") { 3000 }"},
        {"package.json", R"({"scripts":{"build":"esbuild"},"dependencies":{"esbuild":"1","react":"18"}})"}},
       "ruby", "rails", "bin/rails server -b 0.0.0.0", 3000, true, "bundler"},
      {"sinatra", {{"Gemfile", "gem 'sinatra'"}, {"app.rb", "require 'sinatra'\nset :port, 8080"}}, "ruby", "sinatra", "bundle exec ruby app.rb -o 0.0.0.0", 8080, false, "bundler"},
      {"rack", {{"config.ru", "run App"}}, "ruby", "", "rackup --host 0.0.0.0 --port ${PORT:-9292}", 9292, true, ""},
      {"jekyll", {{"_config.yml", ""}, {"Gemfile", "gem 'jekyll'"}}, "static", "jekyll", "[_site]", 8080, true, "bundler"},
      {"hugo", {{"config.toml", ""}, {"content/a.md", ""}}, "static", "hugo", "[public]", 8080, true, ""},
      {"a page with a script for the browser", {{"index.html", ""}, {"app.js", "document.title"}}, "static", "", "[.]", 8080, true, ""},
      {"a page and its server", {{"index.html", ""}, {"server.js", "require('http').createServer(f).listen(process.env.PORT || 8000)"}}, "node", "", "node server.js", 8000, true, "npm"},
      {"Staticfile", {{"Staticfile", "root: site"}, {"site/index.html", ""}}, "static", "", "[site]", 8080, true, ""},
      {"built pages", {{"dist/index.html", ""}}, "static", "", "[dist]", 8080, true, ""},
      {"deno task", {{"deno.json", R"({"tasks":{"start":"deno run -A main.ts"}, /* c */ })"}, {"main.ts", "Deno.serve({port: 8088}, h)"}}, "deno", "", "deno task start", 8088, false, "deno"},
      {"deno source", {{"main.ts", "import { serve } from 'https://deno.land/std/http/server.ts';\nserve(h);"}}, "deno", "", "deno run --allow-all main.ts", 8000, false, "deno"},
      {"a script", {{"start.sh", "#!/bin/bash\nexec app --port 9000"}}, "shell", "", "bash start.sh", 9000, false, ""},
      {"nixpacks.toml says the start", {{"nixpacks.toml", "[start]\ncmd = \"node other.js -p 4000\""}, {"package.json", R"({"dependencies":{"express":"4"}})"}}, "node", "express", "node other.js -p 4000", 4000, false, "npm"},
      {"compose says the port", {{"index.php", ""}, {"docker-compose.yml", "services:\n  app:\n    build: .\n    ports:\n      - \"80:8000\"\n  db:\n    image: x\n    ports: ['5432:5432']\n"}, {"package.json", ""}}, "php", "", "php -S 0.0.0.0:${PORT:-8080}", 8000, true, ""},
  });
}

TEST_CASE("a Dockerfile decides the image and the port, the language stays the application's") {
  const auto analysis = analyze::analyze(*memory_tree({{"Dockerfile", "FROM node\nEXPOSE 9000\nCMD [\"node\",\"x.js\"]"},
                                                       {"package.json", R"({"scripts":{"start":"node x.js"},"dependencies":{"express":"4"}})"},
                                                       {"x.js", "app.listen(3000)"}}));
  REQUIRE(analysis);
  const BuildPlan& plan = analysis->primary();
  CHECK(plan.language == "node");
  CHECK(plan.runtime == RuntimeKind::containerfile);
  CHECK(plan.containerfile == "Dockerfile");
  CHECK(plan.port == 9000);
}

TEST_CASE("environment variables come from code and the example file, without the platform's own") {
  const auto analysis = analyze::analyze(*memory_tree({{"package.json", R"({"main":"a.js","dependencies":{"express":"4"}})"},
                                                       {"a.js", "const k = process.env.API_KEY;\nconst d = process.env.LEVEL || 'info';\napp.listen(process.env.PORT);"},
                                                       {".env.example", "API_KEY=\"abc\"\nONLY_THERE=1\nPORT=4000\n"}}));
  REQUIRE(analysis);
  const auto& needs = analysis->primary().env_needs;
  REQUIRE(needs.size() == 3);
  CHECK(needs[0].name == "API_KEY");
  CHECK(needs[0].required);
  CHECK(needs[0].sample == "abc");
  CHECK(needs[0].line == 1);
  CHECK(needs[1].name == "LEVEL");
  CHECK_FALSE(needs[1].required);
  CHECK(needs[2].name == "ONLY_THERE");
  CHECK(analysis->primary().port == 4000);
}

TEST_CASE("hostile manifests end in a plan or an error, never in a crash or a hang") {
  const std::string deep(200'000, '[');
  for (const Files& files : std::vector<Files>{{{"package.json", deep}},
                                               {{"package.json", "{\"scripts\":[],\"dependencies\":\"x\",\"workspaces\":{\"packages\":1}}"}},
                                               {{"composer.json", deep}, {"index.php", ""}},
                                               {{"deno.json", "{\"tasks\":{\"start\":5}}"}},
                                               {{"Gemfile", std::string(100'000, '"')}},
                                               {{"a\nb/package.json", "{}"}, {"\x1b[31m.js", "x"}},
                                               {{"Dockerfile", std::string(50'000, '\\')}},
                                               {{"index.js", std::string(500'000, '(')}},
                                               {{"index.js", "app.listen(" + std::string(300'000, 'p')}}}) {
    const auto analysis = analyze::analyze(*memory_tree(files));
    if (analysis) CHECK(explain(*analysis).find('\x1b') == std::string::npos);
  }
}
