// BuildPlan: what analysis found out about one deployable root, with the evidence, and what the builder needs to make
// an image of it. Data only; analyze/ produces it, build/ and export/ read it.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace podwright {

// Why a field has its value. Weights: 1.0 said outright (a config key), 0.7 a strong convention, 0.4 a default.
struct Evidence {
  std::string field;  // "language", "startCommand", "port", …
  std::string value;
  std::string file;  // relative to the analysed folder; empty when no file said it
  int line = 0;      // 1-based; 0 when the whole file speaks
  double weight = 0;
};

struct RunnerUp {
  std::string language;
  std::string root;
  double score = 0;
  std::string reason;
};

// An environment variable that the application reads.
struct EnvNeed {
  std::string name;
  bool required = false;             // read without a default
  std::optional<std::string> sample = std::nullopt;  // from .env.example
  std::string file;
  int line = 0;
};

struct Resources {
  int cpu_millis = 500;                      // "500m"
  long long memory_bytes = 512LL << 20;      // "512Mi"
};

// What the final image must contain besides the application.
enum class RuntimeKind {
  containerfile,  // the repository's own Dockerfile decides
  static_files,   // a folder of files, served by our small static server configuration
  binary,         // a native executable (Go, Rust, C++, Zig, Haskell, …)
  node,
  deno,
  bun,
  python,
  ruby,
  php,
  jre,
  dotnet,
  beam,  // Erlang, Elixir, Gleam
  dart,
  shell,
  lua,
};

std::string_view name(RuntimeKind kind);

struct CacheMount {
  std::string target;  // absolute path in the build container, for example /root/.npm
};

// Language names are those of `podwright analyze --json`:
// node python go rust java kotlin scala clojure ruby php dotnet fsharp elixir erlang gleam deno bun haskell swift zig
// dart crystal cobol c cpp static docker shell lua
struct BuildPlan {
  std::string name;  // of the service: the folder or the manifest's name, as a DNS label
  std::string root;  // relative to the source, "." for itself
  std::string language;
  std::string framework;           // "" when none
  std::string version;             // of the language runtime, resolved to what we will ask for: "20", "3.13", "1.24"
  std::string version_constraint;  // as the repository says it: ">=18 <21"; "" when it says nothing
  std::string package_manager;     // npm pnpm yarn bun pip uv poetry pipenv pdm go cargo maven gradle sbt bundler composer …

  // Shell text as a developer would type it in the root folder; "" when the step does not exist.
  std::string install_command;
  std::string build_command;
  std::string start_command;
  // Node: what scripts of package.json come down to, by name, where npm would add nothing but its own process. A start
  // command "npm run start" stays what it is in every answer; the image runs this instead.
  std::map<std::string, std::string> scripts;
  std::string release_command;  // migrations: once a release, never at every start

  int port = 0;              // where it listens; 0: it serves nothing (a worker)
  bool honors_port = false;  // it listens on $PORT when that is set
  std::vector<EnvNeed> env_needs;
  Resources resources;

  // For the builder.
  RuntimeKind runtime = RuntimeKind::binary;
  std::string containerfile;                // runtime == containerfile: its path relative to root
  bool build_from_source_root = false;      // the build needs the whole repository (workspaces), not only root
  std::vector<std::string> manifest_files;  // relative to the source: copied before the dependency layer
  std::vector<CacheMount> caches;
  std::vector<std::string> build_packages;  // Debian packages beyond the variant's
  std::vector<std::string> run_packages;
  std::vector<std::string> outputs;         // relative to root: the only paths that the final image takes; empty: all
  std::string publish_dir;                  // static_files (and php's document root): relative to root
  bool single_page = false;                 // unknown paths answer with index.html
  std::map<std::string, std::string> env;   // defaults set in the image: NODE_ENV=production, HOST=0.0.0.0

  double confidence = 0;  // 0..1
  std::vector<Evidence> evidence;
  std::vector<RunnerUp> runners_up;
  std::vector<std::string> warnings;
};

// The answer for a whole source: the primary service first, one entry per deployable root.
struct Analysis {
  std::vector<BuildPlan> services;

  const BuildPlan& primary() const { return services.front(); }
};

// The documented JSON of `podwright analyze --json`: the primary's fields with "services" holding every plan.
boost::json::object to_json(const Analysis& analysis);
boost::json::object to_json(const BuildPlan& plan);

}  // namespace podwright
