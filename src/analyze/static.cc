// Sites of plain files: built ones, and those that Hugo, Jekyll, MkDocs, Zola and their like build.
#include <array>

#include "analyze/detector.hh"
#include "analyze/scan.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct Generator {
  std::string_view name;
  std::string_view manifest;
  std::string_view beside;   // a folder or file that must be there too; "" when the manifest says enough
  std::string_view publish_dir;
  std::string_view install;
  std::string_view build;
  std::string_view package;  // Debian package that brings the program; "" when the install step does
};

constexpr std::array kGenerators = {
    Generator{"hugo", "hugo.toml", "", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "hugo.yaml", "", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "hugo.yml", "", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "hugo.json", "", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "config/_default/hugo.toml", "", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "config/_default/config.toml", "", "public", "", "hugo --minify", "hugo"},
    Generator{"zola", "config.toml", "sass", "public", "", "zola build", "zola"},
    Generator{"hugo", "config.toml", "content", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "config.toml", "archetypes", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "config.yaml", "archetypes", "public", "", "hugo --minify", "hugo"},
    Generator{"hugo", "config.yaml", "content", "public", "", "hugo --minify", "hugo"},
    Generator{"jekyll", "_config.yml", "", "_site", "", "jekyll build", "jekyll"},
    Generator{"jekyll", "_config.yaml", "", "_site", "", "jekyll build", "jekyll"},
    Generator{"mkdocs", "mkdocs.yml", "", "site", "", "mkdocs build", "mkdocs"},
    Generator{"mdbook", "book.toml", "", "book", "", "mdbook build", ""},
};

// "root: dist" of a Staticfile, the way static buildpacks spell the folder to serve.
std::string staticfile_root(std::string_view text) {
  for (const std::string_view line : split_lines(text)) {
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && trim(line.substr(0, colon)) == "root") return std::string(trim(line.substr(colon + 1)));
  }
  return "";
}

void serve(BuildPlan& plan, const Folder& folder, std::string_view publish_dir, std::string_view file) {
  plan.language = "static";
  plan.runtime = RuntimeKind::static_files;
  plan.publish_dir = publish_dir;
  plan.port = 8080;
  plan.honors_port = true;
  if (publish_dir != ".") plan.outputs = {std::string(publish_dir)};
  note(plan, folder, "language", "static", file, 0, 0.7);
  note(plan, folder, "publishDir", publish_dir, file, 0, 0.7);
}

bool has_beside(const Folder& folder, std::string_view beside) {
  return beside.empty() || folder.has(beside) || folder.has_any_below(beside);
}

std::optional<Candidate> generated(const Folder& folder) {
  for (const Generator& one : kGenerators) {
    if (!folder.has(one.manifest) || !has_beside(folder, one.beside)) continue;
    Candidate candidate{.plan = {}, .score = score::application + 0.05};
    BuildPlan& plan = candidate.plan;
    serve(plan, folder, one.publish_dir, one.manifest);
    plan.framework = one.name;
    plan.build_command = one.build;
    if (!one.package.empty()) plan.build_packages = {std::string(one.package)};
    if (one.name == "jekyll" && folder.has("Gemfile")) {
      plan.package_manager = "bundler";
      plan.install_command = "bundle install";
      plan.build_command = "bundle exec jekyll build";
      plan.build_packages = {"ruby-full", "ruby-bundler", "build-essential"};
      candidate.score = score::server + 0.06;  // the Gemfile is the generator's, not an application's
    }
    if (one.name == "mkdocs" && folder.has("requirements.txt")) {
      plan.install_command = "pip install -r requirements.txt";
      candidate.score = score::server;
    }
    return candidate;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Candidate> detect_static(const Folder& folder) {
  Candidate candidate;
  if (folder.has("Staticfile")) {
    std::string root = staticfile_root(folder.read("Staticfile"));
    for (const std::string_view usual : {"public", "dist"}) {
      if (root.empty() && !folder.has("index.html") && folder.has(std::string(usual) + "/index.html")) root = usual;
    }
    serve(candidate.plan, folder, root.empty() ? "." : root, "Staticfile");
    candidate.score = score::server;
    return candidate;
  }
  if (auto built = generated(folder)) return built;
  static constexpr std::array<std::string_view, 10> kPublished = {".", "public", "dist", "build", "www", "site", "static", "html", "htdocs", "src"};
  for (const std::string_view place : kPublished) {
    for (const std::string_view page : {"index.html", "index.htm"}) {
      const std::string file = place == "." ? std::string(page) : fmt::format("{}/{}", place, page);
      if (!folder.has(file)) continue;
      serve(candidate.plan, folder, place, file);
      candidate.score = place == "." ? score::sources + 0.05 : score::sources - 0.08;
      return candidate;
    }
  }
  if (const std::string_view server = folder.first_of({"nginx.conf", "Caddyfile", "httpd.conf"}); !server.empty()) {
    const auto pages = folder.ending({".html"}, 1);
    serve(candidate.plan, folder, pages.empty() || folder_of(pages[0]).empty() ? "." : folder_of(pages[0]), server);
    candidate.score = score::sources - 0.1;
    return candidate;
  }
  const auto pages = folder.ending({".html", ".htm"}, 1);
  if (pages.empty()) return std::nullopt;
  serve(candidate.plan, folder, folder_of(pages[0]).empty() ? "." : folder_of(pages[0]), pages[0]);
  candidate.score = folder_of(pages[0]).empty() ? 0.25 : 0.1;
  return candidate;
}

}  // namespace podwright::analyze
