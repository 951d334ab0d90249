// Where things lie in the build and in the image, and what each language's runtime wants around it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/build_plan.hh"

namespace podwright::build {

struct Layout {
  std::string root;    // plan.root, clean
  std::string source;  // the folder of the context that becomes /app; "" for the whole context
  std::string work;    // where commands run: /app, or /app/<root> when the build needs the whole repository
  bool has_build_stage = false;
  std::vector<std::string> caches;        // mount targets, absolute
  std::vector<std::string> kept_outputs;  // outputs that lie under a cache: the build step copies them to /out

  // A path relative to the source as a path relative to /app; nothing when it lies outside.
  std::optional<std::string> in_app(std::string_view path) const;
};

Layout layout_of(const BuildPlan& plan);

std::string clean_path(std::string_view path);  // "./a//b/" → "a/b"; "." for the folder itself
std::string folder_of(std::string_view path);   // "a/b" → "a"; "." when there is none
bool is_pattern(std::string_view path);         // has a "*": an output such as "target/*.jar"

std::string cache_id(std::string_view app, std::string_view target);  // "podwright-shop-root-npm"

int served_port(const BuildPlan& plan);  // the plan's; 8080 for a static site that says none

std::map<std::string, std::string> build_environment(const BuildPlan& plan);
std::map<std::string, std::string> run_environment(const BuildPlan& plan, const Layout& layout);
std::string run_path(const BuildPlan& plan, const Layout& layout);  // what comes before $PATH; "" for nothing
std::vector<std::string> run_folders(const BuildPlan& plan);        // taken from the build besides /app: /opt/venv

// Removes what only the build needed; "" when there is nothing, or when the start command may need it.
std::string prune_command(const BuildPlan& plan);

std::vector<std::string> run_argv(const BuildPlan& plan);

}  // namespace podwright::build
