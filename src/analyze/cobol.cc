// COBOL, compiled by GnuCOBOL: the program called index or main, or the one that no other calls.
#include <algorithm>

#include "analyze/draft.hh"
#include "base/text.hh"

namespace podwright::analyze {

std::optional<Candidate> detect_cobol(const Folder& folder) {
  const auto sources = folder.ending({".cbl", ".cob", ".CBL", ".COB"}, 100);
  if (sources.empty()) return std::nullopt;
  std::string_view chosen;
  for (const std::string_view name : {"index", "main", "MAIN", "INDEX", "app"}) {
    for (const auto file : sources) {
      if (stem(file) == name && chosen.empty()) chosen = file;
    }
  }
  if (chosen.empty()) chosen = sources.front();
  Candidate made = draft(folder, "cobol", RuntimeKind::binary, std::ranges::count(chosen, '/') > 1 ? score::some_sources : score::application - 0.2, chosen);
  BuildPlan& plan = made.plan;
  plan.version = "3.2";
  plan.build_packages = {"gnucobol4"};
  plan.run_packages = {"libcob4"};
  // Columns 1–6 are for numbers in the fixed format: text that begins there is in the free one.
  bool free_format = false;
  for (const auto line : split_lines(folder.read(chosen))) {
    if (line.size() < 8 || trim(line).empty()) continue;
    free_format = to_lower(trim(line)).starts_with("identification") ? line.find_first_not_of(' ') < 7 : free_format;
  }
  const std::string output = "bin/" + std::string(stem(chosen));
  plan.build_command = "mkdir -p bin && cobc -x " + std::string(free_format ? "-free " : "") + "-o " + shell_word(output) + " " + shell_word(chosen);
  plan.outputs = {output};
  set_start(plan, folder, "./" + shell_word(output), chosen, 0, 0.7);
  return made;
}

}  // namespace podwright::analyze
