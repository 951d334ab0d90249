// Go: modules and workspaces, the main packages among them, the framework's default port.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"

namespace podwright::analyze {

namespace {

struct GoModule {
  std::string name;
  std::string version;
  int version_line = 0;
  std::map<std::string, int, std::less<>> requires_;  // module path → line
};

GoModule read_go_mod(std::string_view text) {
  GoModule module;
  int number = 0;
  bool in_require = false;
  for (std::string_view line : split_lines(text)) {
    ++number;
    const auto words = split_words(trim(line.substr(0, line.find("//"))));
    if (words.empty()) continue;
    if (words[0] == ")") in_require = false;
    else if (words[0] == "module" && words.size() > 1) module.name = words[1];
    else if (words[0] == "go" && words.size() > 1) module.version = words[1], module.version_line = number;
    else if (words[0] == "toolchain" && words.size() > 1 && words[1].starts_with("go")) module.version = words[1].substr(2), module.version_line = number;
    else if (words[0] == "require" && words.size() > 1 && words[1] == "(") in_require = true;
    else if (words[0] == "require" && words.size() > 2) module.requires_.emplace(words[1], number);
    else if (in_require && words.size() >= 2) module.requires_.emplace(words[0], number);
  }
  return module;
}

struct GoFramework {
  std::string_view module;
  std::string_view name;
  int port;
  bool honors_port;
};

constexpr std::array kFrameworks = {
    GoFramework{"github.com/gin-gonic/gin", "gin", 8080, true},   GoFramework{"github.com/labstack/echo", "echo", 1323, false},
    GoFramework{"github.com/gofiber/fiber", "fiber", 3000, false}, GoFramework{"github.com/go-chi/chi", "chi", 8080, false},
    GoFramework{"github.com/gorilla/mux", "gorilla", 8080, false}, GoFramework{"github.com/beego/beego", "beego", 8080, false},
    GoFramework{"github.com/gobuffalo/buffalo", "buffalo", 3000, true}, GoFramework{"github.com/revel/revel", "revel", 9000, false},
    GoFramework{"github.com/kataras/iris", "iris", 8080, false},  GoFramework{"github.com/valyala/fasthttp", "fasthttp", 8080, false},
    GoFramework{"github.com/go-martini/martini", "martini", 3000, true},
    GoFramework{"github.com/pocketbase/pocketbase", "pocketbase", 8090, false},
    GoFramework{"github.com/julienschmidt/httprouter", "httprouter", 8080, false},
    GoFramework{"github.com/danielgtaylor/huma", "huma", 8888, false},
    GoFramework{"github.com/GoogleCloudPlatform/functions-framework-go", "functions-framework", 8080, true}};

constexpr std::array<std::string_view, 7> kCalls = {"ListenAndServe", "ListenAndServeTLS", "Run", "Start", "Listen", "Addr:", "RunOnAddr"};

bool is_main_package(std::string_view text) {
  const size_t at = find_word(text, "package");
  if (at == std::string_view::npos) return false;
  const std::string code = without_comments(text, false);
  const size_t declared = find_word(code, "package");
  if (declared == std::string::npos || !trim(std::string_view(code).substr(declared + 7)).starts_with("main")) return false;
  const size_t function = find_word(code, "func main");
  return function != std::string::npos;
}

struct MainPackage {
  std::string folder;  // "" for the root
  std::string_view file;
  bool serves = false;
};

class GoDraft {
 public:
  explicit GoDraft(const Folder& folder) : folder_(folder) {}

  std::optional<Candidate> draft() {
    const bool has_module = folder_.has("go.mod"), has_workspace = folder_.has("go.work");
    for (const auto file : folder_.ending({".go"}, 2000)) {
      if (!is_beside_the_point(file) && !file.ends_with("_test.go")) sources_.push_back(file);
    }
    const std::string_view manifest = folder_.first_of({"go.mod", "go.work", "Gopkg.toml", "glide.yaml", "vendor/vendor.json", "Godeps/Godeps.json"});
    if (manifest.empty() && sources_.empty()) return std::nullopt;
    find_mains();
    const bool entry = !mains_.empty();
    const bool library = manifest.empty() && !entry && !folder_.direct_ending(".go").empty();
    if (library) {
      Candidate made = analyze::draft(folder_, "go", RuntimeKind::binary, score::tooling + 0.02, sources_.front());
      made.plan.package_manager = "go";
      made.plan.warnings.push_back("no main package was found: this is a library, or a function that a framework must wrap");
      return made;
    }
    if (manifest.empty() && (!entry || !mains_.front().folder.empty())) {
      return entry ? std::optional(finish(analyze::draft(folder_, "go", RuntimeKind::binary, score::some_sources, sources_.front()))) : std::nullopt;
    }
    Candidate made = analyze::draft(folder_, "go", RuntimeKind::binary,
                                    manifest.empty() ? score::sources : entry ? score::application : score::manifest,
                                    manifest.empty() ? sources_.front() : manifest);
    // Several programs of a workspace are a service each; a single one builds from here.
    const bool coordinates = has_workspace && !has_module && mains_.size() > 1;
    if (coordinates) {
      mains_.clear();
      made.covers_below = false;
      made.score = score::manifest;
    }
    return finish(std::move(made));
  }

 private:
  Candidate finish(Candidate made) {
    BuildPlan& plan = made.plan;
    plan.package_manager = "go";
    module_ = read_go_mod(folder_.read("go.mod"));
    plan.name = std::string(file_name(module_.name));
    version(plan);
    install(plan);
    start(plan);
    serve(made);
    return made;
  }

  void find_mains() {
    std::map<std::string, std::string_view> seen;
    for (const auto file : sources_) {
      const std::string at(folder_of(file));
      if (seen.contains(at) || !is_main_package(folder_.read(file))) continue;
      const std::string_view text = folder_.read(file);
      if (text.starts_with("//go:build ignore") || text.starts_with("// +build ignore")) continue;
      seen.emplace(at, file);
      mains_.push_back({at, file, in_package_serves(at)});
    }
    std::ranges::sort(mains_, {}, [this](const MainPackage& one) {
      return std::tuple(rank(one), std::ranges::count(one.file, '/'), one.file);
    });
  }

  bool in_package_serves(const std::string& at) const {
    return std::ranges::any_of(sources_, [&](std::string_view file) {
      if (folder_of(file) != at) return false;
      const std::string_view text = folder_.read(file);
      return text.find("ListenAndServe") != std::string_view::npos || has_word(text, "gin") || has_word(text, "echo") ||
             has_word(text, "fiber") || text.find("net.Listen") != std::string_view::npos || has_word(text, "PORT");
    });
  }

  // The root's own main first; then what is called like the module or a server; tools last.
  int rank(const MainPackage& one) const {
    static constexpr std::array<std::string_view, 7> kServers = {"server", "api", "web", "app", "main", "service", "http"};
    static constexpr std::array<std::string_view, 9> kTools = {"migrate", "migration", "seed", "cli", "tools", "tool", "worker", "gen", "scripts"};
    if (one.folder.empty()) return 0;
    const std::string_view name = file_name(one.folder);
    int value = 10 + 2 * static_cast<int>(std::ranges::count(one.folder, '/'));
    if (!one.serves) value += 20;
    if (std::ranges::find(kTools, name) != kTools.end() || one.folder.starts_with("tools/") || one.folder.starts_with("hack/")) value += 40;
    const auto hit = std::ranges::find(kServers, name);
    value += hit == kServers.end() ? (name == file_name(module_name()) ? -3 : 1) : -4 + static_cast<int>(hit - kServers.begin()) / 3;
    if (one.folder.starts_with("cmd")) value -= 2;
    return value;
  }

  std::string module_name() const { return read_go_mod(folder_.read("go.mod")).name; }

  void version(BuildPlan& plan) {
    plan.version = "1.24";
    auto found = find_version(folder_, {".go-version"}, {"go", "golang"});
    if (!found && !module_.version.empty()) found = VersionFinding{module_.version, folder_.in_source("go.mod"), module_.version_line};
    if (found) apply_version(plan, *found, version_parts(version_number(found->constraint), 2));
  }

  void install(BuildPlan& plan) {
    add_manifests(plan, folder_, {"go.mod", "go.sum", "go.work", "go.work.sum"});
    plan.caches = {{"/root/go/pkg/mod"}, {"/root/.cache/go-build"}};
    if (!folder_.has("go.work") && folder_.has("go.mod") && !folder_.tree().files().empty()) plan.install_command = "go mod download";
    if (folder_.has("go.work")) {
      for (const auto file : folder_.ending({"/go.mod", "/go.sum"}, 100)) add_manifests(plan, folder_, {file});
      plan.install_command = "go mod download";
    }
    const std::string work = folder_.nearest_up("go.work");
    if (!work.empty() && work != folder_.in_source("go.work")) plan.build_from_source_root = true;
  }

  void start(BuildPlan& plan) {
    if (mains_.empty()) return;
    const MainPackage& main = mains_.front();
    const std::string what = main.folder.empty() ? "." : "./" + main.folder;
    if (!folder_.has("go.mod") && !folder_.has("go.work")) plan.env.emplace("GO111MODULE", "off");
    plan.build_command = "go build -ldflags='-w -s' -o out " + shell_word(what);
    plan.outputs = {"out"};
    for (const std::string_view data : {"templates", "static", "public", "assets", "views", "web", "migrations", "config", "www", "html", "content", "data", "locales"}) {
      if (folder_.has_any_below(data) && !has_only_code(data)) plan.outputs.emplace_back(data);
    }
    for (const std::string_view data : {"config.yaml", "config.yml", "config.json", "config.toml", "index.html"}) {
      if (folder_.has(data)) plan.outputs.emplace_back(data);
    }
    set_start(plan, folder_, "./out", main.file, line_of(folder_.read(main.file), "func main"), 0.7);
    if (mains_.size() > 1 && !main.folder.empty()) {
      std::vector<std::string> others;
      for (size_t i = 1; i < mains_.size() && i < 6; ++i) others.push_back(mains_[i].folder);
      plan.warnings.push_back(fmt::format("{} was chosen among several main packages; the others: {}", main.folder, join(others, ", ")));
    }
  }

  bool has_only_code(std::string_view data) const {
    const std::string prefix = std::string(data) + "/";
    return std::ranges::all_of(folder_.files(), [&](std::string_view file) { return !file.starts_with(prefix) || file.ends_with(".go"); });
  }

  void serve(Candidate& made) {
    BuildPlan& plan = made.plan;
    int fallback = 0;
    bool honors_port = false;
    for (const auto& each : kFrameworks) {
      const auto hit = std::ranges::find_if(module_.requires_, [&](const auto& one) { return one.first.starts_with(each.module); });
      const bool imported = hit != module_.requires_.end() || (module_.requires_.empty() && imports(each.module));
      if (!imported || !plan.framework.empty()) continue;
      set_framework(plan, folder_, each.name, hit == module_.requires_.end() ? "" : "go.mod", hit == module_.requires_.end() ? 0 : hit->second);
      fallback = each.port;
      honors_port = each.honors_port;
    }
    if (mains_.empty()) return;
    const bool http = imports("net/http") && uses("ListenAndServe", "Serve");
    if (!fallback && http) fallback = 8080;
    if (plan.framework.empty() && http) set_framework(plan, folder_, "net/http", mains_.front().file, 0);
    std::vector<std::string_view> files;
    for (const auto file : sources_) {
      if (folder_of(file) == mains_.front().folder) files.push_back(file);
    }
    for (const auto file : sources_) {
      if (folder_of(file) != mains_.front().folder && !in_other_main(file)) files.push_back(file);
    }
    find_and_apply_port(plan, folder_, files, kCalls, fallback);
    plan.honors_port = plan.honors_port || (honors_port && plan.evidence.back().weight < 0.5);
    if (plan.port && made.score >= score::application) made.score = score::server;
  }

  bool in_other_main(std::string_view file) const {
    return std::ranges::any_of(mains_, [&](const MainPackage& one) { return one.folder == folder_of(file) && one.folder != mains_.front().folder; });
  }

  bool imports(std::string_view module) const {
    const std::string quoted = "\"" + std::string(module);
    return std::ranges::any_of(sources_, [&](std::string_view file) { return folder_.read(file).find(quoted) != std::string_view::npos; });
  }

  bool uses(std::string_view one, std::string_view other) const {
    return std::ranges::any_of(sources_, [&](std::string_view file) {
      return has_word(folder_.read(file), one) || has_word(folder_.read(file), other);
    });
  }

  const Folder& folder_;
  GoModule module_;
  std::vector<std::string_view> sources_;
  std::vector<MainPackage> mains_;
};

}  // namespace

std::optional<Candidate> detect_go(const Folder& folder) { return GoDraft(folder).draft(); }

}  // namespace podwright::analyze
