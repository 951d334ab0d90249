// Rust: packages and workspaces, the binary among them, the web framework's default port.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "analyze/draft.hh"
#include "analyze/versions.hh"
#include "base/text.hh"
#include "format/toml.hh"

namespace podwright::analyze {

namespace {

struct Crate {
  std::string folder;  // "" for the root
  std::string name;
  std::vector<std::string> binaries;
  std::string default_run;
  std::map<std::string, int, std::less<>> dependencies;
  std::string version;  // rust-version
  int version_line = 0;
  bool workspace = false;
  bool package = false;
  std::vector<std::string> members;
};

struct RustFramework {
  std::string_view crate;
  std::string_view name;
  int port;
};

constexpr std::array kFrameworks = {
    RustFramework{"rocket", "rocket", 8000},       RustFramework{"actix-web", "actix", 8080},
    RustFramework{"loco-rs", "loco", 5150},        RustFramework{"leptos_axum", "leptos", 3000},
    RustFramework{"axum", "axum", 3000},           RustFramework{"warp", "warp", 3030},
    RustFramework{"poem", "poem", 3000},           RustFramework{"salvo", "salvo", 5800},
    RustFramework{"tide", "tide", 8080},           RustFramework{"gotham", "gotham", 7878},
    RustFramework{"rouille", "rouille", 8000},     RustFramework{"tiny_http", "tiny_http", 8000},
    RustFramework{"iron", "iron", 3000},           RustFramework{"tonic", "tonic", 50051},
    RustFramework{"ntex", "ntex", 8080},           RustFramework{"hyper", "hyper", 3000},
    RustFramework{"simple-server", "simple-server", 8000}};

constexpr std::array<std::string_view, 7> kCalls = {"bind", "from", "run", "parse", "launch", "serve", "new"};

void read_dependencies(Crate& crate, const Toml* table) {
  if (!table || !table->is_table()) return;
  for (const auto& each : table->children) {
    const std::string_view renamed = each.text_at({"package"});
    crate.dependencies.emplace(renamed.empty() ? each.key : std::string(renamed), each.line);
  }
}

Crate read_crate(const Folder& folder, std::string_view at, std::vector<std::string>& warnings) {
  Crate crate{.folder = std::string(at)};
  const std::string file = joined(at, "Cargo.toml");
  const auto root = parse_toml(folder.read(file), folder.in_source(file));
  if (!root) {
    warnings.push_back(root.error().text());
    return crate;
  }
  crate.package = root->find("package") != nullptr;
  crate.workspace = root->find("workspace") != nullptr;
  crate.name = root->text_at({"package", "name"});
  crate.default_run = root->text_at({"package", "default-run"});
  for (const auto& key : {root->at({"package", "rust-version"}), root->at({"workspace", "package", "rust-version"})}) {
    if (key && key->is_string()) crate.version = key->text, crate.version_line = key->line;
  }
  read_dependencies(crate, root->find("dependencies"));
  if (const Toml* list = root->at({"workspace", "members"})) {
    for (const auto& member : list->children) crate.members.push_back(member.text);
  }
  std::set<std::string> binaries;
  if (const Toml* list = root->find("bin"); list && list->is_array()) {
    for (const auto& each : list->children) {
      const std::string name(each.text_at({"name"}));
      if (!name.empty() && binaries.insert(name).second) crate.binaries.push_back(name);
    }
  }
  if (folder.has(joined(at, "src/main.rs")) && crate.binaries.empty() && binaries.insert(crate.name).second) crate.binaries.push_back(crate.name);
  const std::string bin = joined(at, "src/bin/");
  for (const auto each : folder.files()) {
    if (!each.starts_with(bin)) continue;
    const std::string_view rest = each.substr(bin.size());
    std::string name;
    if (rest.find('/') == std::string_view::npos && rest.ends_with(".rs")) name = std::string(rest.substr(0, rest.size() - 3));
    if (rest.ends_with("/main.rs")) name = std::string(rest.substr(0, rest.find('/')));
    if (!name.empty() && binaries.insert(name).second) crate.binaries.push_back(name);
  }
  return crate;
}

class RustDraft {
 public:
  explicit RustDraft(const Folder& folder) : folder_(folder) {}

  std::optional<Candidate> draft() {
    sources_ = folder_.ending({".rs"}, 1000);
    if (!folder_.has("Cargo.toml")) return from_sources();
    made_ = analyze::draft(folder_, "rust", RuntimeKind::binary, score::manifest, "Cargo.toml");
    root_ = read_crate(folder_, "", plan().warnings);
    collect_crates();
    choose();
    version();
    install();
    if (!chosen_) {
      made_.covers_below = root_.package;
      return made_;
    }
    made_.score = score::application;
    start();
    serve();
    return made_;
  }

 private:
  BuildPlan& plan() { return made_.plan; }

  std::optional<Candidate> from_sources() {
    const std::string_view file = folder_.first_of({"main.rs", "src/main.rs"});
    std::string_view only = file.empty() ? folder_.direct_ending(".rs") : file;
    if (only.empty() || folder_.read(only).find("fn main") == std::string_view::npos) return std::nullopt;
    made_ = analyze::draft(folder_, "rust", RuntimeKind::binary, score::sources, only);
    plan().version = "1.85";
    plan().package_manager = "cargo";
    plan().build_command = "rustc -O -o app " + shell_word(only);
    plan().outputs = {"app"};
    set_start(plan(), folder_, "./app", only, 0, 0.7);
    find_and_apply_port(plan(), folder_, sources_, kCalls, 0);
    return made_;
  }

  void collect_crates() {
    if (root_.package) crates_.push_back(root_);
    if (!root_.workspace) return;
    for (const auto file : folder_.ending({"/Cargo.toml"}, 200)) {
      std::string at(folder_of(file));
      if (is_member(at)) crates_.push_back(read_crate(folder_, at, plan().warnings));
    }
  }

  bool is_member(const std::string& at) const {
    if (root_.members.empty()) return !is_beside_the_point(at + "/Cargo.toml");
    return std::ranges::any_of(root_.members, [&](const std::string& member) {
      const size_t star = member.find('*');
      if (star == std::string::npos) return member == at || member == "./" + at;
      return at.starts_with(member.substr(0, star)) && at.find('/', star) == std::string::npos;
    });
  }

  static const RustFramework* framework_of(const Crate& crate) {
    const auto hit = std::ranges::find_if(kFrameworks, [&](const RustFramework& one) { return crate.dependencies.contains(one.crate); });
    return hit == kFrameworks.end() ? nullptr : &*hit;
  }

  // The crate that serves; the root's own before members, usual names before others.
  void choose() {
    static constexpr std::array<std::string_view, 6> kServers = {"server", "api", "web", "app", "backend", "service"};
    int best = 1000;
    for (const Crate& crate : crates_) {
      if (crate.binaries.empty()) continue;
      int rank = crate.folder.empty() ? 0 : 10;
      if (!framework_of(crate)) rank += 20;
      if (std::ranges::find(kServers, crate.name) == kServers.end() && std::ranges::find(kServers, file_name(crate.folder)) == kServers.end()) rank += 5;
      if (rank < best) best = rank, chosen_ = &crate;
    }
  }

  std::string binary() const {
    if (!chosen_->default_run.empty()) return chosen_->default_run;
    const auto same = std::ranges::find(chosen_->binaries, chosen_->name);
    if (same != chosen_->binaries.end()) return *same;
    for (const std::string& name : chosen_->binaries) {
      if (name == "server" || name == "main" || name == "web" || name == "api") return name;
    }
    return chosen_->binaries.front();
  }

  void version() {
    plan().package_manager = "cargo";
    plan().version = "1.85";
    auto found = find_version(folder_, {}, {"rust"});
    if (!found) found = toolchain();
    if (!found && !root_.version.empty()) found = VersionFinding{root_.version, folder_.in_source("Cargo.toml"), root_.version_line};
    if (!found) return;
    const std::string number = version_parts(version_number(found->constraint), 2);
    apply_version(plan(), *found, number.empty() || found->constraint.starts_with("nightly") ? "1.85" : number);
    if (found->constraint.starts_with("nightly")) plan().warnings.push_back("the repository asks for a nightly Rust: features of it fail on a stable one");
  }

  std::optional<VersionFinding> toolchain() const {
    if (folder_.has("rust-toolchain.toml") || folder_.has("rust-toolchain")) {
      const std::string_view file = folder_.first_of({"rust-toolchain.toml", "rust-toolchain"});
      const auto root = parse_toml(folder_.read(file), file);
      if (root) {
        const Toml* channel = root->at({"toolchain", "channel"});
        if (channel && channel->is_string()) return VersionFinding{channel->text, folder_.in_source(file), channel->line};
      } else if (const auto line = trim(folder_.read(file)); !line.empty() && line.size() < 60) {
        return VersionFinding{std::string(line.substr(0, line.find('\n'))), folder_.in_source(file), 1};
      }
    }
    return std::nullopt;
  }

  void install() {
    add_manifests(plan(), folder_, {"Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml"});
    for (const Crate& crate : crates_) add_manifests(plan(), folder_, {joined(crate.folder, "Cargo.toml")});
    plan().caches = {{"/root/.cargo/registry"}, {"/root/.cargo/git"}};
    const std::string above = folder_.path() == "." ? "" : folder_.nearest_up("Cargo.lock");
    if (!above.empty() && above != folder_.in_source("Cargo.lock")) plan().build_from_source_root = true;
    for (const Crate& crate : crates_) native_packages(crate);
  }

  void native_packages(const Crate& crate) {
    for (const auto& [name, line] : crate.dependencies) {
      if (name == "openssl" || name == "native-tls" || name == "reqwest") add_packages({"pkg-config", "libssl-dev"}, {"libssl3"});
      if (name == "diesel") add_packages({"libpq-dev", "libsqlite3-dev", "default-libmysqlclient-dev"}, {"libpq5", "libsqlite3-0", "libmariadb3"});
      if (name == "tonic" || name == "prost-build") add_packages({"protobuf-compiler"}, {});
    }
  }

  void add_packages(std::initializer_list<const char*> build, std::initializer_list<const char*> run) {
    const auto add = [](std::vector<std::string>& to, const char* package) {
      if (std::ranges::find(to, package) == to.end()) to.emplace_back(package);
    };
    for (const char* package : build) add(plan().build_packages, package);
    for (const char* package : run) add(plan().run_packages, package);
  }

  void start() {
    const std::string name = binary();
    const bool several = crates_.size() > 1 || root_.workspace;
    plan().name = chosen_->name;
    plan().build_command = "cargo build --release";
    if (folder_.has("Cargo.lock")) plan().build_command += " --locked";
    if (several && !chosen_->folder.empty()) plan().build_command += " --package " + shell_word(chosen_->name);
    else if (chosen_->binaries.size() > 1) plan().build_command += " --bin " + shell_word(name);
    const std::string output = "target/release/" + name;
    plan().outputs = {output};
    for (const std::string_view data : {"templates", "static", "public", "assets", "migrations", "Rocket.toml", "config", "dist", "views", "www"}) {
      const std::string path = joined(chosen_->folder, data);
      if (folder_.has(path) || folder_.has_any_below(path)) plan().outputs.push_back(path);
    }
    const std::string manifest = joined(chosen_->folder, "Cargo.toml");
    set_start(plan(), folder_, "./" + shell_word(output), manifest, line_of(folder_.read(manifest), "name"), 0.7);
    if (chosen_->dependencies.contains("loco-rs")) plan().start_command += " start";
  }

  void serve() {
    const RustFramework* framework = framework_of(*chosen_);
    std::vector<std::string_view> files;
    const std::string own = joined(chosen_->folder, "src/");
    for (const auto file : sources_) {
      if (file.starts_with(own)) files.push_back(file);
    }
    if (framework) {
      const auto dependency = chosen_->dependencies.find(framework->crate);
      set_framework(plan(), folder_, framework->name, joined(chosen_->folder, "Cargo.toml"), dependency->second);
      made_.score = score::server;
    }
    if (framework && framework->name == "rocket") return rocket();
    find_and_apply_port(plan(), folder_, files, kCalls, framework ? framework->port : 0);
    if (plan().port) made_.score = score::server;
  }

  // Rocket listens on loopback unless told otherwise: its own variables do it, and Rocket.toml names the port.
  void rocket() {
    default_port(plan(), folder_, 8000, false, "");
    const auto root = parse_toml(folder_.read("Rocket.toml"), "Rocket.toml");
    if (root) {
      for (const std::string_view profile : {"default", "release", "global", "production"}) {
        const auto port = parse_integer(root->text_at({profile, "port"}));
        if (!port || *port <= 0 || *port > 65535) continue;
        plan().port = static_cast<int>(*port);
        note(plan(), folder_, "port", std::to_string(*port), "Rocket.toml", root->at({profile, "port"})->line, 1.0);
      }
    }
    plan().env.emplace("ROCKET_ADDRESS", "0.0.0.0");
    if (const auto read = find_port_read(folder_, sources_)) {
      plan().honors_port = true;
      if (read->port) plan().port = read->port;
    } else {
      plan().env.emplace("ROCKET_PORT", std::to_string(plan().port));
    }
  }

  const Folder& folder_;
  Candidate made_;
  Crate root_;
  std::vector<Crate> crates_;
  const Crate* chosen_ = nullptr;
  std::vector<std::string_view> sources_;
};

}  // namespace

std::optional<Candidate> detect_rust(const Folder& folder) { return RustDraft(folder).draft(); }

}  // namespace podwright::analyze
