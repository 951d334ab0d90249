#include "analyze/analyze.hh"

#include <algorithm>

#include "analyze/finish.hh"
#include "analyze/survey.hh"

namespace podwright::analyze {

namespace {

Error nothing_recognised(const Tree& tree, std::string_view path) {
  const Folder folder(tree, path);
  if (folder.files().empty()) {
    return error(ErrorCode::invalid, "there are no files in {}", path == "." ? "the source" : path)
        .with_hint("check the path; files that .gitignore excludes do not count");
  }
  return error(ErrorCode::invalid, "no language was recognised among {} files", folder.files().size())
      .with_hint("add the language's manifest (package.json, requirements.txt, go.mod, …), a Dockerfile, or a start "
                 "command in podwright.yaml; for an application in a sub-folder use --path");
}

}  // namespace

Result<Analysis> analyze(const Tree& tree) { return analyze(tree, "."); }

Result<Analysis> analyze(const Tree& tree, std::string_view path) {
  const std::vector<Surveyed> surveyed = survey(tree, path);
  Analysis analysis;
  for (const size_t index : choose_services(surveyed)) analysis.services.push_back(finish(surveyed[index]));
  if (analysis.services.empty()) return fail(nothing_recognised(tree, path));
  name_apart(analysis);
  return analysis;
}

}  // namespace podwright::analyze
