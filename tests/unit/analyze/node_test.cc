#include "expect.hh"

using namespace podwright;
using namespace podwright::analyze;

TEST_CASE("JavaScript servers: script, entry file and port come from the repository") {
  check_all({
      {"express with a start script", {{"package.json", R"({"scripts":{"start":"node index.js"},"dependencies":{"express":"4"}})"}, {"package-lock.json", "{}"},
        {"index.js", "const port = process.env.PORT || 5000;\napp.listen(port, () => console.log('http://localhost:3000'))"}},
       "node", "express", "npm run start", 5000, true, "npm"},
      {"no script, a fixed port", {{"package.json", R"({"dependencies":{"express":"4"}})"}, {"app.js", "app.listen(8081)"}},
       "node", "express", "node app.js", 8081, false, "npm"},
      {"port by app.set", {{"package.json", R"({"scripts":{"start":"node index"},"dependencies":{"express":"4"}})"},
        {"index.js", "app.set('port', (process.env.PORT || 5000));\napp.listen(app.get('port'))"}}, "node", "express", "npm run start", 5000, true, "npm"},
      {"nodemon is not for production", {{"package.json", R"({"scripts":{"start":"nodemon src/app.js"},"dependencies":{"koa":"2"}})"},
        {"src/app.js", "app.listen(config.port)"}, {"src/config.js", "module.exports={port: process.env.PORT || 4567}"}},
       "node", "koa", "node src/app.js", 4567, true, "npm"},
      {"nest starts what was built", {{"package.json", R"({"scripts":{"start":"nest start","start:prod":"node dist/main","build":"nest build"},"dependencies":{"@nestjs/core":"10"}})"},
        {"src/main.ts", "await app.listen(process.env.PORT ?? 3333);"}, {"yarn.lock", "# yarn lockfile v1"}}, "node", "nest", "yarn run start:prod", 3333, true, "yarn"},
      {"options object", {{"package.json", R"({"main":"server.js","dependencies":{"fastify":"4"}})"}, {"server.js", "fastify.listen({ port: 4040, host: '0.0.0.0' })"}},
       "node", "fastify", "node server.js", 4040, false, "npm"},
      {"bun", {{"package.json", R"({"devDependencies":{"@types/bun":"latest"}})"}, {"bun.lockb", ""}, {"index.ts", "Bun.serve({ port: 3333, fetch(r) { return x } })"}},
       "bun", "", "bun index.ts", 3333, false, "bun"},
      {"one file", {{"index.js", "require('http').createServer(f).listen(8000)"}}, "node", "", "node index.js", 8000, false, "npm"},
      {"Procfile wins", {{"Procfile", "web: node server.js --port $PORT\nworker: node w.js"}, {"package.json", R"({"dependencies":{"express":"4"}})"}, {"server.js", "x"}},
       "node", "express", "node server.js --port $PORT", 3000, true, "npm"},
      {"a comment is not code", {{"package.json", R"({"main":"a.js","dependencies":{"express":"4"}})"}, {"a.js", "// app.listen(1111)\n/* app.listen(2222) */ app.listen(3333)"}},
       "node", "express", "node a.js", 3333, false, "npm"},
  });
}

TEST_CASE("sites: their configuration decides between files and a server") {
  const auto site = [](const char* deps, const char* scripts) { return std::string("{\"name\":\"shop\",\"dependencies\":{") + deps + "},\"scripts\":{" + scripts + "}}"; };
  check_all({
      {"next serves", {{"package.json", site(R"("next":"14")", R"("build":"next build","start":"next start -p 3001")")}, {"pnpm-lock.yaml", ""}}, "node", "next", "pnpm run start", 3001, false, "pnpm"},
      {"next exports", {{"package.json", site(R"("next":"14")", R"("build":"next build","start":"next start")")}, {"next.config.mjs", "export default { output: 'export' }"}}, "node", "next", "[out]", 8080, true, "npm"},
      {"vite", {{"package.json", site(R"("vite":"5")", R"("dev":"vite","build":"vite build","preview":"vite preview")")}, {"index.html", ""}}, "node", "vite", "[dist]", 8080, true, "npm"},
      {"vite with its own outDir", {{"package.json", site(R"("vite":"5")", R"("build":"vite build")")}, {"index.html", ""}, {"vite.config.ts", "export default { build: { outDir: './www' } }"}}, "node", "vite", "[www]", 8080, true, "npm"},
      {"create-react-app", {{"package.json", site(R"("react-scripts":"5")", R"("start":"react-scripts start","build":"react-scripts build")")}}, "node", "create-react-app", "[build]", 8080, true, "npm"},
      {"angular 17", {{"package.json", site(R"("@angular/core":"17")", R"("start":"ng serve")")}, {"angular.json", R"({"projects":{"shop":{"architect":{"build":{"builder":"@angular-devkit/build-angular:application","options":{"outputPath":"dist/shop"}}}}}})"}}, "node", "angular", "[dist/shop/browser]", 8080, true, "npm"},
      {"astro static", {{"package.json", site(R"("astro":"4")", R"("start":"astro dev","build":"astro build")")}}, "node", "astro", "[dist]", 8080, true, "npm"},
      {"astro server", {{"package.json", site(R"("astro":"4","@astrojs/node":"8")", R"("start":"astro dev")")}, {"astro.config.mjs", "import node from '@astrojs/node'; export default { output: 'server', adapter: node({}) }"}}, "node", "astro", "node ./dist/server/entry.mjs", 4321, true, "npm"},
      {"nuxt 3", {{"package.json", site(R"("nuxt":"^3.1")", R"("build":"nuxt build","generate":"nuxt generate")")}}, "node", "nuxt", "node .output/server/index.mjs", 3000, true, "npm"},
      {"nuxt generated", {{"package.json", site(R"("nuxt":"^3.1")", R"("build":"nuxt generate")")}}, "node", "nuxt", "[.output/public]", 8080, true, "npm"},
      {"sveltekit on node", {{"package.json", site(R"("@sveltejs/kit":"2","@sveltejs/adapter-node":"1")", R"("build":"vite build")")}}, "node", "sveltekit", "node build", 3000, true, "npm"},
      {"sveltekit static", {{"package.json", site(R"("@sveltejs/kit":"2","@sveltejs/adapter-static":"1")", R"("build":"vite build")")}}, "node", "sveltekit", "[build]", 8080, true, "npm"},
      {"remix", {{"package.json", site(R"("@remix-run/serve":"2")", R"("build":"remix build","start":"remix-serve build/index.js")")}}, "node", "remix", "npm run start", 3000, true, "npm"},
      {"vite and express", {{"package.json", site(R"("express":"4","vite":"5")", R"("build":"vite build","start":"node server.js")")}, {"index.html", ""}, {"server.js", "app.listen(process.env.PORT || 5173)"}}, "node", "express", "npm run start", 5173, true, "npm"},
  });
}

TEST_CASE("a workspace gives one service per application, with what it needs built before") {
  const auto tree = memory_tree({{"package.json", R"({"private":true,"workspaces":["apps/*","packages/*"],"scripts":{"dev":"turbo dev"}})"},
                                 {"package-lock.json", "{}"},
                                 {"apps/web/package.json", R"({"name":"web","scripts":{"build":"next build","start":"next start"},"dependencies":{"next":"14","@r/ui":"*"}})"},
                                 {"apps/api/package.json", R"({"name":"api","scripts":{"start":"node index.js"},"dependencies":{"express":"4"}})"},
                                 {"packages/ui/package.json", R"({"name":"@r/ui","scripts":{"build":"tsup"}})"}});
  const auto analysis = analyze::analyze(*tree);
  REQUIRE(analysis);
  REQUIRE(analysis->services.size() == 2);
  CHECK(analysis->services[0].root == "apps/api");
  const BuildPlan& web = analysis->services[1];
  CHECK(web.root == "apps/web");
  CHECK(web.build_from_source_root);
  CHECK(web.build_command == "(cd ../../packages/ui && npm run build) && npm run build");
  CHECK(web.install_command == "npm ci");
}

TEST_CASE("one folder of a monorepo can be asked for") {
  const auto tree = memory_tree({{"a/package.json", R"({"scripts":{"start":"node a"},"dependencies":{"express":"4"}})"}, {"b/index.html", ""}});
  const auto analysis = analyze::analyze(*tree, "b");
  REQUIRE(analysis);
  CHECK(analysis->primary().language == "static");
  CHECK(analysis->primary().root == "b");
}

TEST_CASE("the nearest and most specific version file wins, and says so") {
  const auto tree = memory_tree({{"package.json", R"({"engines":{"node":">=18 <21"},"main":"i.js"})"}, {"i.js", ""}, {".nvmrc", "lts/hydrogen\n"}});
  const auto with_file = analyze::analyze(*tree);
  REQUIRE(with_file);
  CHECK(with_file->primary().version == "18");
  const auto engines = analyze::analyze(*memory_tree({{"package.json", R"({"engines":{"node":">=18 <21"},"main":"i.js"})"}, {"i.js", ""}}));
  REQUIRE(engines);
  CHECK(engines->primary().version == "20");
  CHECK(engines->primary().version_constraint == ">=18 <21");
}

TEST_CASE("scripts that are one simple command are known, others need npm") {
  const auto scripts = [](const char* package, const char* source) {
    const auto tree = memory_tree(Files{{"package.json", package}, {"index.js", source}});
    return podwright::analyze::analyze(*tree)->primary().scripts;
  };
  const auto plain = scripts(R"({"scripts":{"start":"node index.js --port $PORT","both":"a && b","nested":"npm run start","around":"node x","prearound":"node y"},"dependencies":{"express":"4"}})",
                             "app.listen(1234)");
  CHECK(plain == std::map<std::string, std::string>{{"start", "node index.js --port $PORT"}, {"prearound", "node y"}});
  CHECK(scripts(R"({"scripts":{"start":"node index.js"},"dependencies":{"express":"4"}})", "app.listen(1234, process.env.npm_package_version)").empty());
}
